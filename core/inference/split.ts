/**
 * Partitions that no attempt came to the end of: out of time, out of memory, or killed without a word. They are predicted in
 * pieces, cut between record batches or row groups, then between rows, until a single row is left, which is then known to be what
 * ends everything. A plan that was split is the plan before it with the pieces behind its partitions; whichever is committed first,
 * a partition or all pieces of it, stands for its rows.
 */
import { invariant } from '../errors.ts';
import type { RowClass } from '../job/row-policy.ts';
import type { InferencePlan, PlannedPartition, Slice } from './plan.ts';
import { rowsTogether } from './planned-rows.ts';
import type { RowSpan } from './row-span.ts';

/** So many pieces each time: a row among a million is found in five. */
const PIECES = 16;
/**
 * After so many splits without a single partition that came to its end it is no fault of some rows; nor where rows were cut apart
 * already. Of a few partitions each may have a row that kills in each of its record batches, so that only pieces of a batch come
 * to their end; of many, one would have.
 */
const fruitlessMax = (partitions: number): number => (partitions <= PIECES ? 2 : 1);

/** A partition that was lost, and as what its rows count should there be only one left. */
export interface LostPartition {
  readonly partition: number;
  readonly class: Extract<RowClass, 'timeout' | 'oom'>;
}

export interface Losses {
  readonly lost: readonly LostPartition[];
  /** Whether any partition has been committed at all. */
  readonly isAnyDone: boolean;
  /** Rows of the block of a slice that has one. */
  rowsOf(slice: Slice): number;
}

/** The plan with each lost partition in pieces; undefined where that leads nowhere: rows are not what it is about. */
export function splitLost(plan: InferencePlan, { lost, isAnyDone, rowsOf }: Losses): InferencePlan | undefined {
  const { splits = {}, generation = 0, base = plan.partitions.length } = plan;
  const areRowsCut = lost.some(({ partition }) => plan.partitions[partition]?.slices.some(({ rows }) => rows));
  const isFruitless = !isAnyDone && (areRowsCut || generation >= fruitlessMax(base));
  if (isFruitless && lost.some(({ partition }) => !isSingle(plan, partition, rowsOf))) return undefined;
  const pieces: PlannedPartition[] = [];
  const added: Record<number, readonly number[]> = {};
  for (const one of lost) {
    const made = piecesOf(plan, one, rowsOf);
    if (made.length === 0) return undefined;
    added[one.partition] = made.map((_, i) => plan.partitions.length + pieces.length + i);
    pieces.push(...made);
  }
  return {
    ...plan,
    generation: generation + 1,
    base,
    partitions: [...plan.partitions, ...pieces],
    splits: { ...splits, ...added },
  };
}

const isSingle = (plan: InferencePlan, partition: number, rowsOf: Losses['rowsOf']): boolean => {
  const [only, more] = plan.partitions[partition]?.slices ?? [];
  return (
    only !== undefined &&
    more === undefined &&
    only.blocks.length === 1 &&
    spanOf(only, rowsOf).length <= rowsTogether(plan)
  );
};

/** None for one that cannot be split: it has no rows, or its only row is known to be what it was lost for. */
function piecesOf(
  plan: InferencePlan,
  { partition, class: why }: LostPartition,
  rowsOf: Losses['rowsOf'],
): PlannedPartition[] {
  const planned = plan.partitions[partition];
  invariant(planned, `the plan of ${plan.runId} has no partition ${partition}`);
  const blocks = planned.slices.flatMap((slice) =>
    slice.blocks.map((block, i): Slice => ({ ...slice, first: slice.first + i, blocks: [block] })),
  );
  const [only] = blocks;
  if (only === undefined || planned.lost !== undefined) return [];
  if (blocks.length > 1) return groups(blocks).map((slices) => ({ sizeBytes: sizeOf(slices), slices: joined(slices) }));
  const { from, length, of } = spanOf(only, rowsOf);
  const unit = rowsTogether(plan);
  if (length <= unit) return [{ ...planned, lost: why }];
  const units = Math.ceil(length / unit);
  const size = Math.ceil(units / PIECES) * unit;
  return Array.from({ length: Math.ceil(length / size) }, (_, i): PlannedPartition => {
    const rows: RowSpan = { from: from + i * size, to: from + Math.min(length, (i + 1) * size), of };
    const sizeBytes = Math.ceil((planned.sizeBytes * (rows.to - rows.from)) / length);
    return { sizeBytes, slices: [{ ...only, rows }] };
  });
}

function spanOf(
  slice: Slice,
  rowsOf: Losses['rowsOf'],
): { readonly from: number; readonly length: number; readonly of: number } {
  const all = slice.rows?.of ?? rowsOf(slice);
  const { from, to } = slice.rows ?? { from: 0, to: all };
  return { from, length: to - from, of: all };
}

/** Neighbours together, at most so many groups. */
function groups(blocks: readonly Slice[]): Slice[][] {
  const size = Math.ceil(blocks.length / PIECES);
  return Array.from({ length: Math.ceil(blocks.length / size) }, (_, i) => blocks.slice(i * size, (i + 1) * size));
}

const sizeOf = (slices: readonly Slice[]): number =>
  slices.reduce(
    (sum, { blocks }) =>
      sum + blocks.reduce((all, { decodedBytes, sizeBytes }) => all + (decodedBytes ?? sizeBytes), 0),
    0,
  );

/** Blocks that follow each other in one object are one slice again. */
function joined(blocks: readonly Slice[]): Slice[] {
  const slices: Slice[] = [];
  for (const one of blocks) {
    const last = slices.at(-1);
    if (last?.input === one.input) slices[slices.length - 1] = { ...last, blocks: [...last.blocks, ...one.blocks] };
    else slices.push(one);
  }
  return slices;
}

/** The partitions whose manifests stand for every row once: those of the plan, or in the place of one that was split its pieces. */
export function standing(plan: InferencePlan, isDone: (partition: number) => boolean): readonly number[] {
  const pieces = (partition: number): readonly number[] => {
    const split = plan.splits?.[partition];
    return split === undefined || isDone(partition) ? [partition] : split.flatMap(pieces);
  };
  return Array.from({ length: plan.base ?? plan.partitions.length }, (_, partition) => pieces(partition)).flat();
}
