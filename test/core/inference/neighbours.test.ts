import { describe, expect, it } from 'vitest';
import { exactBatches } from '#core/inference/batching.ts';
import type { ModelOutputs } from '#core/inference/model-output.ts';
import { checkNeighbours, type Grouping, groupings } from '#core/inference/neighbours.ts';

/** What a model gives that adds to each row's number something of its company. */
const model =
  (of: (group: Grouping) => number, type = 'float32') =>
  (group: Grouping): ModelOutputs => ({
    y: { type, dims: [group.length, 1], data: Float32Array.from(group, (row) => row + of(group)) },
  });
const probe = (run: (group: Grouping) => ModelOutputs, calls: Grouping[]) => () =>
  checkNeighbours(calls.map(run), calls);

describe('rows in other company', () => {
  it('are run again in another order and in smaller groups', () => {
    expect(groupings(64, undefined, false).slice(1)).toEqual([
      [6, 5, 4],
      [3, 2, 1, 0],
    ]);
    expect(groupings(2, undefined, false)).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(groupings(1, undefined, false)).toEqual([[0]]);
    expect(groupings(64, undefined, true)).toHaveLength(1);
  });

  it('fill calls of an exact size', () => {
    const exact = { rows: 4, tail: 'pad' } as const;
    expect(groupings(64, exact, false)).toEqual([
      [0, 1, 2, 3],
      [3, 2, 1, 1],
      [0, 0, 0, 0],
    ]);
    expect(groupings(1, exact, false)).toEqual([[0, 0, 0, 0]]);
    expect(groupings(0, exact, false)).toEqual([[0, 0, 0, 0]]);
  });

  const calls = groupings(64, undefined, false);
  it.each<[string, (group: Grouping) => number]>([
    ['their number', (group) => group.length],
    ['their sum', (group) => group.reduce((sum, row) => sum + row, 0) / group.length],
    ['which is first', (group) => group[0] ?? 0],
    ['chance', () => Math.random() + 1],
  ])('that change what a row gets are found: %s', (_what, of) => {
    expect(probe(model(of), calls)).toThrow(
      expect.objectContaining({ code: 'LS_ROWS_DEPEND', message: expect.stringMatching(/gave row \d another `y`/) }),
    );
  });

  it('may change the rounding of a sum, no more than that', () => {
    expect(
      probe(
        model((group) => 1e-6 * group.length),
        calls,
      ),
    ).not.toThrow();
    expect(
      probe(
        model((group) => 1e-2 * group.length),
        calls,
      ),
    ).toThrow(/another `y`/);
    expect(
      probe(
        model(() => Number.NaN),
        calls,
      ),
    ).not.toThrow();
  });

  it('are compared value by value where the output has no rounding', () => {
    const label = (group: Grouping): ModelOutputs => ({
      y: {
        type: 'int64',
        dims: [group.length],
        data: BigInt64Array.from(group, (row) => BigInt(row === 5 ? group.length : 0)),
      },
    });
    expect(probe(label, calls)).toThrow('the model gave row 5 another `y`');
  });
});

describe('batches of an exact size', () => {
  const signature = (...rows: (number | string)[]) => ({
    inputs: rows.map((dim, i) => ({ name: `x${i}`, type: 'float32', dims: [dim, 2] })),
    outputs: [],
  });
  it('follow from the model, whose tail is padded, or from the job, which says what to do with it', () => {
    expect(exactBatches(signature('N'), {})).toBeUndefined();
    expect(exactBatches(signature(8), {})).toEqual({ rows: 8, tail: 'pad' });
    expect(exactBatches(signature('N'), { batchRows: 8 })).toEqual({ rows: 8, tail: 'refuse' });
    expect(exactBatches(signature('N', 8), { batchRows: 8, tail: 'pad' })).toEqual({ rows: 8, tail: 'pad' });
  });

  it('that do not go together are refused', () => {
    expect(() => exactBatches(signature(8), { batchRows: 4 })).toThrow(
      /`predict.batchRows: 4` does not go with .*`x0: float32\[8,2\]`/,
    );
    expect(() => exactBatches(signature(8, 4), {})).toThrow(
      '`x0: float32[8,2]` does not go with the model input `x1: float32[4,2]`',
    );
  });
});
