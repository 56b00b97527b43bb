/** A change to one place of the sources that must not go unnoticed, and the tests that have to notice it. */
export interface Mutant {
  /** What would be wrong with it, and so why it must die. */
  readonly name: string;
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Paths of tests, of which at least one must fail. */
  readonly tests: readonly string[];
}

/** What would be wrong, the text that is replaced, and by what. */
type Row = readonly [name: string, from: string, to: string];

/** The mutants of a file, with the tests that hold it. */
export const mutantsOf = (file: string, tests: readonly string[], rows: readonly Row[]): readonly Mutant[] =>
  rows.map(([name, from, to]) => ({ name, file, from, to, tests }));

/** The mutated source; throws where the text is not there or not alone, so that the table keeps up with the sources. */
export function mutated(source: string, { file, from, to, name }: Mutant): string {
  const parts = source.split(from);
  if (parts.length !== 2)
    throw new Error(`${file}: expected \`${from}\` once, found it ${parts.length - 1} times (${name})`);
  if (from === to) throw new Error(`${file}: ${name}: changes nothing`);
  return parts.join(to);
}
