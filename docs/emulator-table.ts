/** The table of docs/emulators.md: what the emulators are known not to do as AWS does, from the list that the suites hold. */

import type { Gap, Gaps } from '../test/conformance/gaps/gap.ts';
import { DOCUMENTED } from './emulator-documentation.ts';

/** Name of an emulator, as a heading → its gaps. */
export type EmulatorGaps = Readonly<Record<string, Gaps>>;

/** A table for each suite in which an emulator differs; what is not in it passes on every one. */
export function emulatorTables(emulators: EmulatorGaps, pages: Readonly<Record<string, string>> = DOCUMENTED): string {
  const names = Object.keys(emulators);
  const tests = [...new Set(Object.values(emulators).flatMap((gaps) => Object.keys(gaps)))];
  const suites = Map.groupBy(tests, (test) => test.slice(0, test.indexOf(SEPARATOR)));
  const tables = [...suites].map(([suite, own]) =>
    [
      `### ${suite}`,
      `| test | AWS | embedded | ${names.join(' | ')} |`,
      `|---|---|---|${names.map(() => '---|').join('')}`,
      ...own.map((test) => row(test, documented(suite, pages), emulators)),
    ].join('\n'),
  );
  const counts = names.map((name) => `${name} ${Object.keys(emulators[name] ?? {}).length}`);
  return [`Tests that are expected to fail: ${counts.join(', ')}.`, ...tables].join('\n\n');
}

const SEPARATOR = ' > ';

/** The embedded cloud passes every test there is: what it does not do, it refuses by name. */
function row(test: string, aws: string, emulators: EmulatorGaps): string {
  const cells = Object.values(emulators).map((gaps) => reason(gaps[test]));
  const title = test.slice(test.indexOf(SEPARATOR) + SEPARATOR.length);
  return `| ${[title, aws, 'passes', ...cells].map(cell).join(' | ')} |`;
}

/** That AWS does what the test says is known from its documentation alone: nobody has run the test there. */
function documented(suite: string, pages: Readonly<Record<string, string>>): string {
  const page = pages[suite];
  if (page === undefined) throw new Error(`docs/emulator-documentation.ts does not say where AWS documents: ${suite}`);
  return `[documented](${page})`;
}

function reason(gap: Gap | undefined): string {
  if (gap === undefined) return 'passes';
  return typeof gap === 'string' ? gap : `${gap.hangs}; left out, it would only run into its time limit`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
