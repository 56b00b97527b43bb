import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TableLayout } from '#core/inference/layout.ts';
import { type PlannedPartition, partition } from '#core/inference/plan.ts';

/** An object whose record batches have these sizes; the offset of a batch names it. */
const layout = (uri: string, sizes: readonly number[]): TableLayout => {
  let offset = 8;
  const blocks = sizes.map((size) => {
    const block = { offset, sizeBytes: size };
    offset += size;
    return block;
  });
  return {
    uri,
    etag: uri,
    sizeBytes: offset,
    format: 'arrow-file',
    schema: { offset, sizeBytes: 1 },
    dictionaries: [],
    blocks,
  };
};
const layouts = (...sizes: number[][]) => sizes.map((each, i) => layout(`s3://b/${i}`, each));

/** `input:batch` of everything in a partition. */
const names = ({ slices }: PlannedPartition) =>
  slices.flatMap(({ input, first, blocks }) => blocks.map((_, i) => `${input}:${first + i}`));

describe('partition', () => {
  it('cuts between record batches, shares small objects, and puts the largest first', () => {
    const plan = partition(layouts([100, 100, 100], [50], [40, 20]), 200);
    expect(plan.map((each) => [each.sizeBytes, names(each)])).toEqual([
      [200, ['0:0', '0:1']],
      [190, ['0:2', '1:0', '2:0']],
      [20, ['2:1']],
    ]);
  });

  it('gives a record batch that is larger than a partition one of its own', () => {
    expect(partition(layouts([30, 500, 30]), 100).map(names)).toEqual([['0:1'], ['0:0'], ['0:2']]);
  });

  it('does not let an object with dictionaries share a partition', () => {
    const [a, b, c, d] = layouts([10], [10, 10], [10], [10]) as [TableLayout, TableLayout, TableLayout, TableLayout];
    const block = { offset: 8, sizeBytes: 16 };
    const plan = partition([a, { ...b, dictionaries: [block] }, c, d], 1000);
    expect(plan.map(names)).toEqual([['1:0', '1:1'], ['2:0', '3:0'], ['0:0']]);
  });

  it('makes one empty partition of inputs without record batches', () => {
    expect(partition(layouts([], []), 100)).toEqual([{ sizeBytes: 0, slices: [] }]);
  });

  const inputs = fc.array(fc.array(fc.integer({ min: 8, max: 300 }), { maxLength: 12 }), {
    minLength: 1,
    maxLength: 8,
  });
  const limit = fc.integer({ min: 16, max: 600 });

  it('puts every record batch into exactly one partition, within the limit unless it is alone', () => {
    fc.assert(
      fc.property(inputs, limit, (sizes, partitionBytes) => {
        const all = layouts(...sizes);
        const plan = partition(all, partitionBytes);
        const whole = all.flatMap(({ blocks }, input) => blocks.map((_, i) => `${input}:${i}`));
        expect(plan.flatMap(names).sort()).toEqual(whole.sort());
        for (const each of plan) {
          const blocks = each.slices.flatMap((slice) => slice.blocks);
          expect(each.sizeBytes).toBe(blocks.reduce((sum, block) => sum + block.sizeBytes, 0));
          if (blocks.length > 1) expect(each.sizeBytes).toBeLessThanOrEqual(partitionBytes);
        }
      }),
    );
  });

  it('divides as the slow twin does, which fills one partition after the other from a flat list', () => {
    fc.assert(
      fc.property(inputs, limit, (sizes, partitionBytes) => {
        const flat = sizes.flatMap((each, input) => each.map((size, i) => ({ name: `${input}:${i}`, size })));
        const twin: { name: string; size: number }[][] = [];
        for (const batch of flat) {
          const filled = (twin.at(-1) ?? []).reduce((sum, { size }) => sum + size, 0);
          if (twin.length === 0 || filled + batch.size > partitionBytes) twin.push([]);
          twin.at(-1)?.push(batch);
        }
        const byName = (lists: string[][]) => lists.map((list) => list.join()).sort();
        const plan = partition(layouts(...sizes), partitionBytes).filter(({ slices }) => slices.length > 0);
        expect(byName(plan.map(names))).toEqual(byName(twin.map((list) => list.map(({ name }) => name))));
        expect(plan.map(({ sizeBytes }) => sizeBytes)).toEqual(
          plan.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => b - a),
        );
      }),
    );
  });
});
