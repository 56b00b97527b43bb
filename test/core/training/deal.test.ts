import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DataObject, deal } from '#core/training/deal.ts';
import type { Shard } from '#core/training/shards.ts';

const object = (key: string, ...blockRows: number[]): DataObject => ({
  ...{ bucket: 'data', key, etag: `etag-${key}`, sizeBytes: 100, format: 'parquet' },
  blockRows,
});

/** Objects of any number of blocks of any number of rows, none included, and at least one row for each rank. */
const world = fc
  .record({
    ranks: fc.integer({ min: 1, max: 9 }),
    blocks: fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }), { minLength: 1, maxLength: 12 }),
  })
  .map(({ ranks, blocks }) => ({ ranks, objects: blocks.map((rows, index) => object(`part-${index}`, ...rows)) }))
  .filter(({ ranks, objects }) => total(objects) >= ranks);

const rowsIn = ({ blockRows }: DataObject): number => blockRows.reduce((sum, rows) => sum + rows, 0);
const total = (objects: readonly DataObject[]): number => objects.reduce((sum, each) => sum + rowsIn(each), 0);

/** `key:row` of every row of a shard, found by going through the blocks that it names. */
function rowsOf(objects: readonly DataObject[], { key, slice }: Shard): readonly string[] {
  const { blockRows } = objects.find((each) => each.key === key) as DataObject;
  const numbered = blockRows.map((rows, block) => {
    const before = blockRows.slice(0, block).reduce((sum, each) => sum + each, 0);
    return Array.from({ length: rows }, (_, row) => before + row);
  });
  if (slice === undefined) return numbered.flat().map((row) => `${key}:${row}`);
  const { from, to, blocks } = slice;
  const held = numbered.slice(blocks.from, blocks.to).flat();
  expect(held[0]).toBe(blocks.firstRow);
  return held.slice(from - blocks.firstRow, to - blocks.firstRow).map((row) => `${key}:${row}`);
}

describe('dealing rows out', () => {
  test('gives every row to exactly one rank, and every rank at least one', () => {
    fc.assert(
      fc.property(world, ({ objects, ranks }) => {
        const byRank = deal(objects, ranks).map((shards) => shards.flatMap((shard) => rowsOf(objects, shard)));
        expect(byRank).toHaveLength(ranks);
        expect(Math.min(...byRank.map((rows) => rows.length))).toBeGreaterThan(0);
        const all = objects.flatMap((each) => Array.from({ length: rowsIn(each) }, (_, row) => `${each.key}:${row}`));
        expect(byRank.flat().toSorted()).toEqual(all.toSorted());
      }),
    );
  });

  test('gives each rank the mean of rows to a tenth, or where objects are cut to one row', () => {
    fc.assert(
      fc.property(world, ({ objects, ranks }) => {
        const byRank = deal(objects, ranks);
        const rows = byRank.map((shards) => shards.reduce((sum, each) => sum + rowsOf(objects, each).length, 0));
        const isCut = byRank.flat().some(({ slice }) => slice !== undefined);
        const mean = total(objects) / ranks;
        const bound = isCut ? 1 : Math.max(1, 0.1 * mean);
        for (const each of rows) expect(Math.abs(each - mean)).toBeLessThanOrEqual(bound + 1e-9);
      }),
    );
  });

  test('does not depend on the order in which the objects were listed', () => {
    fc.assert(
      fc.property(world, fc.nat(), ({ objects, ranks }, turn) => {
        const at = turn % objects.length;
        expect(deal([...objects.slice(at), ...objects.slice(0, at)], ranks)).toEqual(deal(objects, ranks));
      }),
    );
  });

  test('names the blocks that a slice lies in and no others, so that no more is read', () => {
    fc.assert(
      fc.property(world, ({ objects, ranks }) => {
        for (const { key, slice } of deal(objects, ranks).flat()) {
          if (slice === undefined) continue;
          const { blockRows } = objects.find((each) => each.key === key) as DataObject;
          const { from, to, blocks } = slice;
          expect(blocks.firstRow + (blockRows[blocks.from] ?? 0)).toBeGreaterThan(from);
          const beforeLast = blockRows.slice(0, blocks.to - 1).reduce((sum, rows) => sum + rows, 0);
          expect(beforeLast).toBeLessThan(to);
        }
      }),
    );
  });

  test('keeps whole objects where they are enough and even', () => {
    const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => object(key, 10));
    const keys = deal(eight, 4).map((shards) => shards.map(({ key, slice }) => [key, slice]));
    expect(keys.flat().every(([, slice]) => slice === undefined)).toBe(true);
    expect(keys.map((shards) => shards.map(([key]) => key))).toEqual([
      ['a', 'e'],
      ['b', 'f'],
      ['c', 'g'],
      ['d', 'h'],
    ]);
  });

  test('cuts one object for four ranks in the middle of its row groups', () => {
    const slices = deal([object('all', 5, 5)], 4).map(([shard]) => shard?.slice);
    expect(slices).toEqual([
      { from: 0, to: 2, blocks: { from: 0, to: 1, firstRow: 0 } },
      { from: 2, to: 5, blocks: { from: 0, to: 1, firstRow: 0 } },
      { from: 5, to: 7, blocks: { from: 1, to: 2, firstRow: 5 } },
      { from: 7, to: 10, blocks: { from: 1, to: 2, firstRow: 5 } },
    ]);
  });

  test('cuts where one object has most of the rows, though there are objects enough', () => {
    const byRank = deal([object('a', 1000), object('b', 10), object('c', 10)], 2);
    expect(byRank.map((shards) => shards.map(({ key, slice }) => [key, slice?.from, slice?.to]))).toEqual([
      [['a', 0, 510]],
      [
        ['a', 510, 1000],
        ['b', undefined, undefined],
        ['c', undefined, undefined],
      ],
    ]);
  });

  test('leaves objects without rows out', () => {
    expect(deal([object('a', 1), object('empty'), object('none', 0, 0)], 1)).toMatchObject([[{ key: 'a' }]]);
  });

  test('refuses fewer rows than ranks, naming both numbers, and data without rows', () => {
    expect(() => deal([object('a', 1), object('b', 1)], 3)).toThrow(
      expect.objectContaining({
        code: 'LS_DATA_TOO_FEW',
        message: expect.stringMatching(/each of 3 tasks, got 2 rows/),
      }),
    );
    expect(() => deal([object('a'), object('b', 0)], 1)).toThrow(
      expect.objectContaining({ code: 'LS_DATA_EMPTY', message: 'the data, 2 objects, holds no row' }),
    );
  });
});
