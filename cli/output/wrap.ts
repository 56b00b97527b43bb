/** Columns that a text takes at most where the terminal is wider, or where there is none. */
const WIDTH_MAX = 80;
/** Narrower than this nothing can be read anyway. */
const WIDTH_MIN = 40;

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** Columns for texts that are laid out by us. */
export const textWidth = ({ isTTY, columns }: Terminal = process.stderr): number =>
  isTTY ? Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, columns)) : WIDTH_MAX;

/**
 * The line, broken at spaces so that a terminal need not break it within words; what is continued is indented as the line
 * is, and by two more. A longer word, as a path may be, stays in one piece. Where there is no terminal a line stays a line.
 */
export function wrappedFor({ isTTY, columns }: Terminal, line: string): readonly string[] {
  if (!isTTY) return [line];
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  return line.split('\n').flatMap((one) => wrapAt(one, Math.max(WIDTH_MIN, columns), indent));
}

function wrapAt(line: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const inside = rest.lastIndexOf(' ', width);
    const at = inside > indent.length ? inside : rest.indexOf(' ', width);
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
