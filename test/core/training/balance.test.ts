import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balance } from '#core/training/balance.ts';
import type { Shard } from '#core/training/shards.ts';

const shard = (key: string, sizeBytes: number): Shard => ({ bucket: 'data', key, etag: `etag-${key}`, sizeBytes });
const bytes = (shards: readonly Shard[]): number => shards.reduce((sum, each) => sum + each.sizeBytes, 0);

/** At least as many shards as ranks, with distinct keys. */
const world = fc.integer({ min: 1, max: 6 }).chain((ranks) =>
  fc.record({
    ranks: fc.constant(ranks),
    shards: fc
      .array(fc.integer({ min: 0, max: 50 }), { minLength: ranks, maxLength: ranks + 8 })
      .map((sizes) => sizes.map((size, index) => shard(`part-${index}`, size))),
  }),
);

test('every shard is given to exactly one rank, and every rank has one', () => {
  fc.assert(
    fc.property(world, ({ shards, ranks }) => {
      const byRank = balance(shards, ranks);
      expect(byRank).toHaveLength(ranks);
      expect(byRank.every((each) => each.length > 0)).toBe(true);
      expect(
        byRank
          .flat()
          .map(({ key }) => key)
          .sort(),
      ).toEqual(shards.map(({ key }) => key).sort());
    }),
  );
});

test('the division does not depend on the order in which the shards were listed', () => {
  fc.assert(
    fc.property(world, fc.nat(), ({ shards, ranks }, turn) => {
      const turned = [...shards.slice(turn % shards.length), ...shards.slice(0, turn % shards.length)];
      expect(balance(turned, ranks)).toEqual(balance(shards, ranks));
    }),
  );
});

test('the fullest rank has at most 4/3 of what the best division, found by trying all, would give it', () => {
  const small = fc.integer({ min: 1, max: 3 }).chain((ranks) =>
    fc.record({
      ranks: fc.constant(ranks),
      sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: ranks, maxLength: 7 }),
    }),
  );
  fc.assert(
    fc.property(small, ({ sizes, ranks }) => {
      const byRank = balance(
        sizes.map((size, index) => shard(`${index}`, size)),
        ranks,
      );
      const fullest = Math.max(...byRank.map(bytes));
      expect(fullest * 3).toBeLessThanOrEqual(bestFullest(sizes, ranks) * 4);
    }),
  );
});

/** The obvious slow twin: every assignment of every size. */
function bestFullest(sizes: readonly number[], ranks: number): number {
  const place = (index: number, loads: readonly number[]): number => {
    const size = sizes[index];
    if (size === undefined) return Math.max(...loads);
    return Math.min(
      ...loads.map((_, rank) =>
        place(
          index + 1,
          loads.map((load, at) => (at === rank ? load + size : load)),
        ),
      ),
    );
  };
  return place(0, Array(ranks).fill(0));
}

test('equal shards are spread evenly', () => {
  const shards = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => shard(key, 10));
  expect(balance(shards, 4).map((each) => each.map(({ key }) => key))).toEqual([
    ['a', 'e'],
    ['b', 'f'],
    ['c', 'g'],
    ['d', 'h'],
  ]);
});

test('fewer shards than ranks is refused, and the message names both numbers', () => {
  expect(() => balance([shard('a', 1), shard('b', 1)], 3)).toThrow(
    expect.objectContaining({ code: 'LS_DATA_TOO_FEW', message: expect.stringMatching(/at least 3 .* got 2/) }),
  );
});
