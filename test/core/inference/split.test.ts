import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InferencePlan, Slice } from '#core/inference/plan.ts';
import { type LostPartition, splitLost, standing } from '#core/inference/split.ts';

/** Rows of each block of one input. */
type Blocks = readonly number[];

const planOf = (blocks: Blocks, predict: object = { kind: 'onnx' }): InferencePlan =>
  ({
    runId: 'r',
    job: { predict },
    inputs: [{ uri: 's3://b/0' }],
    partitions: [
      {
        sizeBytes: 1000,
        slices: [{ input: 0, first: 0, blocks: blocks.map((_, i) => ({ offset: i, sizeBytes: 10 })) }],
      },
    ],
  }) as unknown as InferencePlan;

const rowsIn = (blocks: Blocks, { first, blocks: own, rows }: Slice): string[] =>
  own.flatMap((_, i) => {
    const { from, to } = rows ?? { from: 0, to: blocks[first + i] ?? 0 };
    return Array.from({ length: to - from }, (_row, j) => `${first + i}/${from + j}`);
  });

const rowsOf = (plan: InferencePlan, blocks: Blocks, partition: number): string[] =>
  (plan.partitions[partition]?.slices ?? []).flatMap((slice) => rowsIn(blocks, slice));

const lost = (partition: number): LostPartition => ({ partition, class: 'oom' });

/** Splits until every row that kills stands alone and is known; returns the last plan, and how often it was split. */
function isolate(blocks: Blocks, kills: ReadonlySet<string>, predict?: object) {
  let plan = planOf(blocks, predict);
  const done = new Set<number>();
  for (let splits = 0; ; splits++) {
    const left = standing(plan, (one) => done.has(one)).filter((one) => !done.has(one));
    const ends = left.filter(
      (one) => plan.partitions[one]?.lost || !rowsOf(plan, blocks, one).some((row) => kills.has(row)),
    );
    for (const one of ends) done.add(one);
    const still = left.filter((one) => !done.has(one));
    if (still.length === 0) return { plan, splits, done };
    const next = splitLost(plan, {
      lost: still.map(lost),
      isAnyDone: done.size > 0,
      rowsOf: ({ first }) => blocks[first] ?? 0,
    });
    if (next === undefined) throw new Error('not split');
    plan = next;
  }
}

describe('partitions that no attempt came to the end of', () => {
  it('are split down to the rows that end every attempt; all partitions that stand have each row once, in order', () => {
    const cases = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }).chain((blocks) => {
      const all = blocks.flatMap((rows, block) => Array.from({ length: rows }, (_, row) => `${block}/${row}`));
      return fc.tuple(fc.constant(blocks), fc.subarray(all, { maxLength: Math.min(5, all.length) }));
    });
    fc.assert(
      fc.property(cases, ([blocks, kills]) => {
        const { plan, done } = isolate(blocks, new Set(kills));
        const stand = standing(plan, (one) => done.has(one));
        const rows = stand.flatMap((one) => rowsOf(plan, blocks, one));
        expect(rows).toEqual(blocks.flatMap((n, block) => Array.from({ length: n }, (_, row) => `${block}/${row}`)));
        const known = stand.filter((one) => plan.partitions[one]?.lost).flatMap((one) => rowsOf(plan, blocks, one));
        expect(known.toSorted()).toEqual([...kills].toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it('are found where each of two record batches, of which the run has no others, has a row that kills', () => {
    const { plan, done } = isolate([50, 50], new Set(['0/7', '1/9']));
    expect([...done].filter((one) => plan.partitions[one]?.lost)).toHaveLength(2);
  });

  it('find one row of 65,536 in four splits, and know it in the fifth', () => {
    expect(isolate([65_536], new Set(['0/54321'])).splits).toBe(5);
  });

  it('stay whole where rows are predicted together', () => {
    const { plan, done } = isolate([100], new Set(['0/30']), { kind: 'onnx', batchRows: 32 });
    const known = standing(plan, (one) => done.has(one)).filter((one) => plan.partitions[one]?.lost);
    expect(known.map((one) => plan.partitions[one]?.slices[0]?.rows)).toEqual([{ from: 0, to: 32, of: 100 }]);
  });

  it('stand for themselves where they were committed after all, and their pieces do not', () => {
    const plan = splitLost(planOf([5, 5]), { lost: [lost(0)], isAnyDone: true, rowsOf: () => 5 }) as InferencePlan;
    expect(standing(plan, () => false)).toEqual([1, 2]);
    expect(standing(plan, (one) => one === 0)).toEqual([0]);
    expect(standing(plan, (one) => one === 1)).toEqual([1, 2]);
  });

  it('are no fault of rows where nothing comes to its end, and where there are none', () => {
    const nothing = { isAnyDone: false, rowsOf: () => 50 };
    const all = ({ partitions }: InferencePlan, from: number) =>
      Array.from({ length: partitions.length - from }, (_, i) => lost(from + i));
    const first = splitLost(planOf([50, 50]), { ...nothing, lost: [lost(0)] }) as InferencePlan;
    const second = splitLost(first, { ...nothing, lost: all(first, 1) }) as InferencePlan;
    expect(splitLost(second, { ...nothing, lost: all(second, first.partitions.length) })).toBeUndefined();
    const rows = splitLost(planOf([50]), { ...nothing, lost: [lost(0)] }) as InferencePlan;
    expect(splitLost(rows, { ...nothing, lost: all(rows, 1) })).toBeUndefined();
    const many = { ...planOf([9, 9]), partitions: Array.from({ length: 17 }, () => planOf([9, 9]).partitions[0]) };
    const once = splitLost(many as InferencePlan, { ...nothing, lost: all(many as InferencePlan, 0) }) as InferencePlan;
    expect(splitLost(once, { ...nothing, lost: all(once, 17) })).toBeUndefined();
    expect(splitLost(planOf([]), { lost: [lost(0)], isAnyDone: true, rowsOf: () => 0 })).toBeUndefined();
  });
});
