import { textWidth } from './wrap.ts';

export type Row = readonly [label: string, text: string];

const LABEL = 11;

/** A row, or what takes the place of one that is not there. */
export type MaybeRow = Row | false | undefined;

/** Lines of so many columns with the labels to the left. A word that is longer, as a path may be, stays in one piece. */
export function labelled(rows: readonly MaybeRow[], width: number = textWidth()): readonly string[] {
  const present = rows.filter((row): row is Row => Array.isArray(row));
  return present.flatMap(([label, text]) =>
    wrapped(text, width - LABEL).map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL)}${line}`),
  );
}

/** Phases and their times stay together: they break only at ` · `, everything else at spaces. */
function wrapped(text: string, width: number): readonly string[] {
  const glue = text.includes(' · ') ? ' · ' : ' ';
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    let current: string | undefined;
    for (const piece of line.split(glue)) {
      const longer: string = current === undefined ? piece : `${current}${glue}${piece}`;
      if (current !== undefined && longer.length > width) {
        lines.push(current);
        current = piece;
      } else current = longer;
    }
    lines.push(current ?? '');
  }
  return lines;
}
