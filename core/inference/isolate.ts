/**
 * The search for rows that a predictor fails on, among rows that it failed on together. It says which rows to ask for next and
 * is told what came of it; every row gets its predictions on the way, or is found to fail alone. One bad row among n costs
 * log₂ n calls and three; where every row is bad each costs one call, not a search of its own.
 */
import { invariant } from '../errors.ts';

/** Rows from `from` up to but not including `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface RowSearch {
  /** All rows before this one are settled. */
  readonly next: number;
  readonly rows: number;
  /** End of rows from `next` on of which one at least is bad, as far as is known. */
  readonly badBefore?: number;
  /** Most rows to ask for where nothing is known of them. */
  readonly stride: number;
  /** The row after the bad one that was found last. */
  readonly goodSince?: number;
}

/** Nothing is known but that they failed together. */
export const searchAmong = (rows: number): RowSearch => ({ next: 0, rows, badBefore: rows, stride: rows });

/** The rows to ask for now; undefined where every row is settled. */
export function nextCall({ next, rows, badBefore, stride }: RowSearch): RowRange | undefined {
  if (next === rows) return undefined;
  if (badBefore === undefined) return { from: next, to: Math.min(rows, next + stride) };
  // A single one is asked for by itself, so that what is said of it is said of it alone.
  return { from: next, to: next + Math.max(1, Math.floor((badBefore - next) / 2)) };
}

/** The rows of the call have their predictions. */
export function afterSuccess(search: RowSearch, call: RowRange): RowSearch {
  const { badBefore, ...rest } = search;
  const isKnown = badBefore !== undefined && badBefore > call.to;
  // What failed together need not fail apart: where all of it went well, nothing is known of what follows.
  if (isKnown) return { ...rest, next: call.to, badBefore };
  return { ...rest, next: call.to, stride: badBefore === undefined ? 4 * search.stride : search.stride };
}

/** The call failed. A call of one row settles that row: it is `isBad`. */
export function afterFailure(
  search: RowSearch,
  call: RowRange,
): { readonly search: RowSearch; readonly isBad: boolean } {
  invariant(call.from === search.next && call.to > call.from, 'a search is told of the call that it asked for');
  if (call.to - call.from > 1) return { search: { ...search, badBefore: call.to }, isBad: false };
  const { badBefore: _, goodSince, ...rest } = search;
  // Where bad rows lie close to each other the next is looked for nearby.
  const stride = goodSince === undefined ? search.rows : Math.max(1, 2 * (call.from - goodSince));
  return { search: { ...rest, next: call.to, stride, goodSince: call.to }, isBad: true };
}
