import type { Metrics } from '#core/training/metrics.ts';
import type { Summary } from './summary.ts';
import { table } from './table.ts';

/** What a run that succeeded came to, with what its task reported. */
export interface Compared {
  readonly runId: string;
  readonly result: Summary;
  readonly metrics: Metrics;
}

/** Name of a figure → its value for each run, in their order; undefined where a run has none. */
export type Comparison = Readonly<Record<string, readonly (string | number | undefined)[]>>;

const FIGURES = ['accuracy', 'rowsPredicted', 'rowsPerSecond', 'attempts', 'hostsAcquired'] as const;

/** Every figure that at least one of the runs has: what they came to, then their metrics, then seconds by phase. */
export function comparison(runs: readonly Compared[]): Comparison {
  const rows: Record<string, readonly (string | number | undefined)[]> = {};
  const add = (name: string, of: (run: Compared) => string | number | undefined) => {
    const values = runs.map(of);
    if (values.some((value) => value !== undefined)) rows[name] = values;
  };
  const namesOf = (of: (run: Compared) => object) => [...new Set(runs.flatMap((run) => Object.keys(of(run))))];
  add('kind', ({ result }) => result.kind);
  for (const figure of FIGURES) add(figure, ({ result }) => result[figure]);
  for (const name of namesOf(({ metrics }) => metrics)) add(`metric ${name}`, ({ metrics }) => metrics[name]);
  for (const name of namesOf(({ result }) => result.phases)) {
    add(`seconds ${name}`, ({ result }) => result.phases[name]);
  }
  return rows;
}

/** A column for each run, a row for each figure; with two runs, by how much the second has more. */
export function comparisonTable(runIds: readonly string[], rows: Comparison): readonly string[] {
  const isPair = runIds.length === 2;
  const heading = ['', ...runIds, ...(isPair ? ['change'] : []), ''];
  const line = ([name, values]: [string, Comparison[string]]) => [
    ...[name, ...values.map(shown)],
    ...(isPair ? [change(values[0], values[1])] : []),
  ];
  return table(heading, Object.entries(rows).map(line));
}

const DIGITS = 4;

const shown = (value: string | number | undefined): string => {
  if (value === undefined) return '–';
  return typeof value === 'number' ? String(Number(value.toPrecision(DIGITS + 2))) : value;
};

function change(before: string | number | undefined, after: string | number | undefined): string {
  if (typeof before !== 'number' || typeof after !== 'number' || before === after) return '';
  const by = after - before;
  const share = before === 0 ? '' : ` (${by > 0 ? '+' : ''}${((100 * by) / Math.abs(before)).toFixed(1)} %)`;
  return `${by > 0 ? '+' : ''}${Number(by.toPrecision(DIGITS))}${share}`;
}
