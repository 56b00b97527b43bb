import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, afterSuccess, nextCall, type RowRange, searchAmong } from '#core/inference/isolate.ts';

/** Searches rows of which these are bad; a call fails where `fails` says so, else where it has a bad one. */
function search(
  rows: number,
  bad: ReadonlySet<number>,
  fails = ({ from, to }: RowRange): boolean => [...bad].some((row) => row >= from && row < to),
) {
  const calls: RowRange[] = [];
  const good: number[] = [];
  const found: number[] = [];
  let state = searchAmong(rows);
  for (let call = nextCall(state); call; call = nextCall(state)) {
    calls.push(call);
    if (!fails(call)) {
      state = afterSuccess(state, call);
      for (let row = call.from; row < call.to; row++) good.push(row);
      continue;
    }
    const after = afterFailure(state, call);
    if (after.isBad) found.push(call.from);
    state = after.search;
  }
  return { calls: calls.length, good, found };
}

const numbers = (rows: number): number[] => Array.from({ length: rows }, (_, row) => row);

describe('the search for rows that a predictor fails on', () => {
  it('settles each row once, in order: with a prediction, or as one that fails alone', () => {
    const cases = fc
      .integer({ min: 0, max: 300 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.uniqueArray(fc.nat({ max: Math.max(0, rows - 1) }))));
    fc.assert(
      fc.property(cases, ([rows, all]) => {
        const bad = new Set(all.filter((row) => row < rows));
        const { good, found } = search(rows, bad);
        expect(found).toEqual([...bad].toSorted((a, b) => a - b));
        expect(good).toEqual(numbers(rows).filter((row) => !bad.has(row)));
      }),
    );
  });

  it.each([0, 1, 4095, 4096, 8191])('finds one among 8,192 in log₂ calls and two: row %i', (row) => {
    expect(search(8192, new Set([row])).calls).toBeLessThanOrEqual(Math.log2(8192) + 2);
  });

  it('costs a call a row where every row is bad, and not a search', () => {
    expect(search(1000, new Set(numbers(1000))).calls).toBeLessThanOrEqual(1000 + 2 * Math.log2(1024) + 2);
  });

  it('costs twice log₂ calls for each where they lie far apart', () => {
    const bad = new Set([1000, 3000, 5000, 7000]);
    expect(search(8192, bad).calls).toBeLessThanOrEqual(4 * 2 * Math.log2(8192));
  });

  it('finds no bad row where rows fail together and none alone', () => {
    const { good, found } = search(1000, new Set(), ({ from, to }) => to - from > 100);
    expect(found).toEqual([]);
    expect(good).toEqual(numbers(1000));
  });
});
