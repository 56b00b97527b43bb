import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchLimits, batches, isDue, type SizedRecord } from '#core/stream/batching.ts';

interface Numbered extends SizedRecord {
  readonly n: number;
}

const record = fc.record({
  shape: fc.constantFrom('a', 'b', 'c'),
  rows: fc.integer({ min: 1, max: 12 }),
  sizeBytes: fc.integer({ min: 1, max: 120 }),
  group: fc.constantFrom(undefined, undefined, 'g', 'h'),
});
const records = fc.array(record, { maxLength: 40 }).map((all) => all.map((one, n): Numbered => ({ ...one, n })));
const limits: fc.Arbitrary<BatchLimits> = fc.record({
  maxRows: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 1, max: 300 }),
  maxRecords: fc.integer({ min: 1, max: 6 }),
});

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe('batches', () => {
  it('have every record once, of one shape each, within the limits but for a record that is too large by itself', () => {
    fc.assert(
      fc.property(records, limits, (all, limit) => {
        const made = batches(all, limit);
        expect(made.flat().toSorted((a, b) => a.n - b.n)).toEqual(all);
        for (const batch of made) {
          expect(new Set(batch.map(({ shape }) => shape)).size).toBe(1);
          expect(batch.length).toBeLessThanOrEqual(limit.maxRecords);
          if (batch.length === 1) continue;
          expect(sum(batch.map(({ rows }) => rows))).toBeLessThanOrEqual(limit.maxRows);
          expect(sum(batch.map(({ sizeBytes }) => sizeBytes))).toBeLessThanOrEqual(limit.maxBytes);
        }
      }),
    );
  });

  it('committed one after the other keep the order of each group', () => {
    fc.assert(
      fc.property(records, limits, (all, limit) => {
        for (const group of ['g', 'h']) {
          const order = batches(all, limit)
            .flat()
            .filter((one) => one.group === group)
            .map(({ n }) => n);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('are as few as their limits allow where all records are alike', () => {
    const alike = Array.from({ length: 10 }, (_, n) => ({ n, shape: 'a', rows: 3, sizeBytes: 1 }));
    expect(batches(alike, { maxRows: 12, maxBytes: 100, maxRecords: 100 }).map((one) => one.length)).toEqual([4, 4, 2]);
  });

  it('of records that have an order are shared with others, but never with what came before them', () => {
    const of = (shape: string, group: string) => ({ n: 0, shape, rows: 1, sizeBytes: 1, group });
    const made = batches([of('a', 'g'), of('b', 'g'), of('a', 'g'), of('a', 'h')], {
      ...{ maxRows: 9, maxBytes: 9, maxRecords: 9 },
    });
    expect(made.map((batch) => batch.map(({ shape, group }) => shape + group))).toEqual([['ag', 'ah'], ['bg'], ['ag']]);
  });
});

describe('what waits', () => {
  const limit = { maxBytes: 100, maxRecords: 3, maxDelayMs: 20 };
  it.each([
    ['nothing', { records: 0, sizeBytes: 0, waitedMs: 1000 }, false],
    ['a little, for a short time', { records: 1, sizeBytes: 10, waitedMs: 19 }, false],
    ['a little, for long enough', { records: 1, sizeBytes: 10, waitedMs: 20 }, true],
    ['many', { records: 3, sizeBytes: 10, waitedMs: 0 }, true],
    ['much', { records: 1, sizeBytes: 100, waitedMs: 0 }, true],
  ])('is due or not: %s', (_, waiting, due) => expect(isDue(waiting, limit)).toBe(due));
});
