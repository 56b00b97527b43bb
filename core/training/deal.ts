import { LockstepError } from '../errors.ts';
import type { RowSlice, Shard } from './shards.ts';

/** An object of the data, before it is dealt out. */
export interface DataObject extends Omit<Shard, 'slice'> {
  /** Rows of each of its record batches or row groups. */
  readonly blockRows: readonly number[];
}

/** Whole objects are kept where no rank gets more or less than the mean by more than this part of it. */
const EVEN = 0.1;

/**
 * Divides the rows of all objects over ranks; a rank that had more would have the others wait for it in every epoch. Whole
 * objects are dealt out where each rank gets the mean of rows to a tenth; else all objects, end to end in the order of
 * their keys, are cut into ranges that differ by one row at most. Every row belongs to one rank, every rank has a row, and
 * the result does not depend on the order of `objects`. LS_DATA_EMPTY, LS_DATA_TOO_FEW where there are fewer rows than ranks.
 */
export function deal(objects: readonly DataObject[], ranks: number): readonly (readonly Shard[])[] {
  const withRows = objects.map((object) => ({ object, rows: sum(object.blockRows) })).filter(({ rows }) => rows > 0);
  const total = sum(withRows.map(({ rows }) => rows));
  if (total === 0) throw new LockstepError('LS_DATA_EMPTY', `the data, ${counted(objects.length)}, holds no row`);
  if (total < ranks) {
    throw new LockstepError('LS_DATA_TOO_FEW', `expected at least a row for each of ${ranks} tasks, got ${total} rows`);
  }
  const loads = wholeObjects(withRows, ranks);
  const isEven = loads.every(({ rows }) => Math.abs(rows * ranks - total) <= EVEN * total);
  return isEven ? loads.map(({ taken }) => taken.sort(byPlace).map(shardOf)) : ranges(withRows, { ranks, total });
}

interface Counted {
  readonly object: DataObject;
  readonly rows: number;
}

interface Load {
  rows: number;
  readonly taken: DataObject[];
}

/** The largest first, each to the rank that has least. */
function wholeObjects(all: readonly Counted[], ranks: number): readonly Load[] {
  const loads = Array.from({ length: ranks }, (): Load => ({ rows: 0, taken: [] }));
  for (const { object, rows } of all.toSorted((a, b) => b.rows - a.rows || byPlace(a.object, b.object))) {
    const load = loads.reduce((least, each) => (each.rows < least.rows ? each : least));
    load.rows += rows;
    load.taken.push(object);
  }
  return loads;
}

function ranges(all: readonly Counted[], { ranks, total }: { readonly ranks: number; readonly total: number }) {
  const ordered = all.toSorted((a, b) => byPlace(a.object, b.object));
  const byRank: Shard[][] = Array.from({ length: ranks }, () => []);
  const edge = (rank: number) => Math.floor((rank * total) / ranks);
  let [rank, start] = [0, 0];
  for (const { object, rows } of ordered) {
    for (let from = 0; from < rows; ) {
      const to = Math.min(rows, edge(rank + 1) - start);
      byRank[rank]?.push(
        from === 0 && to === rows ? shardOf(object) : { ...shardOf(object), slice: slice(object, from, to) },
      );
      if (start + to === edge(rank + 1)) rank++;
      from = to;
    }
    start += rows;
  }
  return byRank;
}

function slice({ blockRows }: DataObject, from: number, to: number): RowSlice {
  let [first, firstRow] = [0, 0];
  while (firstRow + (blockRows[first] ?? 0) <= from) firstRow += blockRows[first++] ?? 0;
  let [end, endRow] = [first, firstRow];
  while (endRow < to) endRow += blockRows[end++] ?? 0;
  return { from, to, blocks: { from: first, to: end, firstRow } };
}

const shardOf = ({ blockRows: _, ...shard }: DataObject): Shard => shard;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const counted = (objects: number): string => (objects === 1 ? 'one object' : `${objects} objects`);

/** By code unit, as S3 lists keys: the same on every machine whatever its language. */
function byPlace(a: DataObject, b: DataObject): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
