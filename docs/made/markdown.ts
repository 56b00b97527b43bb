/** A table, whose cells may hold what means something in Markdown. */
export const markdownTable = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

/** Outside of code an angle bracket would begin an element. */
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .split('`')
    .map((piece, i) => (i % 2 === 0 ? piece.replaceAll('<', '&lt;') : piece))
    .join('`');

export const code = (text: string): string => `\`${text}\``;

/** The first lines of a page that nobody writes by hand. */
export const madePage = (title: string, source: string, body: string): string =>
  `# ${title}\nMade from ${source} by \`npm run docs\`.\n\n${body.trim()}\n`;
