/**
 * Whether what a model gives for a row depends on the rows that are run with it: then the predictions of a run would
 * depend on how its rows happened to be grouped. A model that normalises over the batch does, one that quantises its
 * activations by the range of a whole batch, and one that draws random numbers.
 */
import { LockstepError } from '../errors.ts';
import type { ExactBatches } from './batching.ts';
import { type ModelOutput, type ModelOutputs, widthOf } from './model-output.ts';

/** The rows of one call, as indexes into the rows of the sample. */
export type Grouping = readonly number[];

/** Rows that are run a second time, in another order and among fewer neighbours. */
const PROBED = 7;
const FIRST_GROUP = 3;

/**
 * The calls that a sample of `count` rows makes: the first has what the outputs are judged by, those behind it repeat
 * some of its rows in other company. None are repeated where the job vouches for its batches. Calls of an exact size are
 * filled up with their last row; with row 0, which is not there, where the sample has no rows.
 */
export function groupings(count: number, exact: ExactBatches | undefined, isVouched: boolean): Grouping[] {
  const rows = Array.from({ length: exact ? Math.min(count, exact.rows) : count }, (_, i) => i);
  const filled = (group: Grouping): Grouping =>
    exact ? Array.from({ length: exact.rows }, (_, i) => group[Math.min(i, group.length - 1)] ?? 0) : group;
  const first = filled(rows);
  if (isVouched || rows.length < 2) return [first];
  const probed = rows.slice(0, PROBED).reverse();
  const groups = [probed.slice(0, FIRST_GROUP), probed.slice(FIRST_GROUP)].filter((group) => group.length > 0);
  return [first, ...groups.map(filled)];
}

/** LS_ROWS_DEPEND names the output and the row. `outputs` are what the calls of `calls` gave, in their order. */
export function checkNeighbours(outputs: readonly ModelOutputs[], calls: readonly Grouping[]): void {
  const [first, ...others] = outputs;
  const places = new Map(calls[0]?.map((row, place) => [row, place] as const).reverse());
  for (const [i, other] of others.entries()) {
    for (const [place, row] of (calls[i + 1] ?? []).entries()) {
      const name = differing(first ?? {}, other, [places.get(row) ?? 0, place]);
      if (name !== undefined) throw rowsDepend(name, row);
    }
  }
}

/** Name of an output whose row differs between two calls. */
function differing(one: ModelOutputs, other: ModelOutputs, [a, b]: readonly [number, number]): string | undefined {
  return Object.keys(one).find((name) => {
    const [left, right] = [one[name], other[name]];
    return left && right && !isSameRow(left, right, [a, b]);
  });
}

function isSameRow(one: ModelOutput, other: ModelOutput, [a, b]: readonly [number, number]): boolean {
  const width = widthOf(one);
  if (widthOf(other) !== width) return false;
  const left = one.data.slice(a * width, (a + 1) * width);
  const right = other.data.slice(b * width, (b + 1) * width);
  const share = TOLERANCE[one.type];
  if (share === undefined) return left.every((value: unknown, i: number) => value === right[i]);
  const tolerance = share * largestMagnitude(one.data as Float64Array);
  return [...(left as Float64Array)].every((value, i) => isClose(value, right[i] as number, tolerance));
}

/**
 * Sums are made in another order for another number of rows. What that may change is told over the largest value of the
 * output: a value near zero may be the difference of two large ones.
 */
const TOLERANCE: Readonly<Record<string, number>> = { float16: 2e-2, float32: 1e-3, float64: 1e-6 };

const largestMagnitude = (values: Float64Array): number =>
  values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

const isClose = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance;

const rowsDepend = (output: string, row: number): LockstepError =>
  new LockstepError(
    'LS_ROWS_DEPEND',
    `the model gave row ${row} another \`${output}\` when it ran among other rows: its predictions would depend on how rows are grouped`,
  );
