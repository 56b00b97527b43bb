/** The table of docs/emulators.md: what the emulators are known not to do as AWS does, from the list that the suites hold. */
import type { Gap, Gaps } from '../test/conformance/gaps/gap.ts';

/** Name of an emulator, as a heading → its gaps. */
export type EmulatorGaps = Readonly<Record<string, Gaps>>;

/** A table for each suite in which an emulator differs; what is not in it passes on every one. */
export function emulatorTables(emulators: EmulatorGaps): string {
  const names = Object.keys(emulators);
  const tests = [...new Set(Object.values(emulators).flatMap((gaps) => Object.keys(gaps)))];
  const suites = Map.groupBy(tests, (test) => test.slice(0, test.indexOf(SEPARATOR)));
  const tables = [...suites].map(([suite, own]) =>
    [
      `### ${suite}`,
      `| test | ${names.join(' | ')} |`,
      `|---|${names.map(() => '---|').join('')}`,
      ...own.map((test) => row(test, emulators)),
    ].join('\n'),
  );
  const counts = names.map((name) => `${name} ${Object.keys(emulators[name] ?? {}).length}`);
  return [`Tests that are expected to fail: ${counts.join(', ')}.`, ...tables].join('\n\n');
}

const SEPARATOR = ' > ';

function row(test: string, emulators: EmulatorGaps): string {
  const cells = Object.values(emulators).map((gaps) => reason(gaps[test]));
  return `| ${[test.slice(test.indexOf(SEPARATOR) + SEPARATOR.length), ...cells].map(cell).join(' | ')} |`;
}

function reason(gap: Gap | undefined): string {
  if (gap === undefined) return 'passes';
  return typeof gap === 'string' ? gap : `${gap.hangs}; left out, it would only run into its time limit`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
