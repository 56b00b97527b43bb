import { describe, expect, it } from 'vitest';
import { collector } from '#core/inference/collect.ts';
import type { ModelOutput, ModelOutputs } from '#core/inference/model-output.ts';
import { type OnnxFields, outputsText, predictionFields, type ScoresUse } from '#core/inference/onnx-fields.ts';
import { fieldText } from '#core/inference/prediction.ts';

const floats = (width: number, ...data: number[]): ModelOutput => ({
  type: 'float32',
  dims: [data.length / width, width],
  data: Float32Array.from(data),
});
const labels = (...data: bigint[]): ModelOutput => ({
  type: 'int64',
  dims: [data.length],
  data: BigInt64Array.from(data),
});
const scores = (changes: Partial<ScoresUse> = {}): ScoresUse => ({
  ...{ output: 'p', type: 'float32', width: 3, softmax: false, top: 0, all: false },
  ...changes,
});

/** The values after calls of one row each. */
function collect(fields: OnnxFields, ...calls: ModelOutputs[]): unknown[][] {
  const collected = collector(fields, calls.length);
  for (const [row, outputs] of calls.entries()) collected.add(outputs, row, 1);
  return collected.values.map((values) => [...values]);
}

describe('class scores', () => {
  it('without a label and without names become the index and the value of the largest, the first of equals', () => {
    const fields = { scores: scores(), values: [] };
    expect(predictionFields(fields).map(fieldText)).toEqual(['label: int32', 'score: float32']);
    expect(collect(fields, { p: floats(3, 1, 5, 5) }, { p: floats(3, 0, -1, -2) })).toEqual([
      [1, 0],
      [5, 0],
    ]);
  });

  it('with names of classes become those names: texts, or integers of 64 bits', () => {
    const named = (classes: readonly (string | number)[]) => ({ scores: scores({ classes }), values: [] });
    expect(predictionFields(named(['a', 'b', 'c'])).map(fieldText)[0]).toBe('label: utf8');
    expect(collect(named(['a', 'b', 'c']), { p: floats(3, 0, 0, 1) })).toEqual([['c'], [1]]);
    expect(predictionFields(named([10, 20, 30])).map(fieldText)[0]).toBe('label: int64');
    expect(collect(named([10, 20, 30]), { p: floats(3, 0, 1, 0) })).toEqual([[20n], [1]]);
  });

  it('beside a label of the model give the score of that label, be it the largest or not', () => {
    const fields: OnnxFields = {
      label: { output: 'y', type: 'int64' },
      scores: scores({ classes: [10, 20, 30] }),
      values: [],
    };
    expect(outputsText(fields)).toBe('label: `y`; scores: `p`, of the classes 10, 20, 30');
    expect(collect(fields, { y: labels(30n), p: floats(3, 0.5, 0.125, 0.375) })).toEqual([[30n], [0.375]]);
    expect(() => collect(fields, { y: labels(40n), p: floats(3, 1, 0, 0) })).toThrow(
      /40 is none of the classes 10, 20, 30 \(row 0/,
    );
  });

  it('beside a label that is no index of the largest are refused where the classes have no names', () => {
    const fields: OnnxFields = { label: { output: 'y', type: 'int64' }, scores: scores(), values: [] };
    expect(collect(fields, { y: labels(2n), p: floats(3, 0, 0, 1) })).toEqual([[2n], [1]]);
    for (const label of [0n, 3n, -1n]) {
      expect(() => collect(fields, { y: labels(label), p: floats(3, 0, 0, 1) })).toThrow(
        /name the classes in `predict.classes`/,
      );
    }
  });

  it('become the best few and all of them, as shares where softmax is asked for', () => {
    const fields = { scores: scores({ classes: ['a', 'b', 'c'], top: 2, all: true, softmax: true }), values: [] };
    expect(predictionFields(fields).map(fieldText)).toEqual([
      'label: utf8',
      'score: float32',
      'top: struct<label: utf8, score: float32>[2]',
      'scores: float32[3]',
    ]);
    const logits = floats(3, Math.log(2), 900 + Math.log(5), 0);
    const wide = floats(3, Math.log(2), Math.log(5), 0);
    const [label, , top] = collect(fields, { p: logits }, { p: wide });
    expect([label, top]).toEqual([
      ['b', 'b'],
      ['b', 'a', 'b', 'a'],
    ]);
    const [, score, , topScores, all] = collect(fields, { p: wide }) as number[][];
    const close = (values: number[] | undefined, wanted: number[]) =>
      expect(values).toEqual(wanted.map((value) => expect.closeTo(value / 8, 6)));
    close(score, [5]);
    close(topScores, [5, 2]);
    close(all, [2, 5, 1]);
  });

  it('that are not finite are refused, in whichever place, also beside a label and in lists', () => {
    const bad = { p: floats(3, 1, Number.NaN, 0), y: labels(0n) };
    const uses: OnnxFields[] = [
      { scores: scores(), values: [] },
      { label: { output: 'y', type: 'int64' }, scores: scores({ classes: [0, 1, 2] }), values: [] },
      { scores: scores({ all: true }), values: [] },
    ];
    for (const fields of uses) {
      expect(() => collect(fields, bad)).toThrow(
        'the model gave the scores [1, NaN, 0], expected finite numbers (row 0',
      );
    }
    const infinite = { p: floats(3, 1, Number.POSITIVE_INFINITY, 0) };
    expect(() => collect({ scores: scores(), values: [] }, infinite)).toThrow(/expected finite numbers/);
    const impossible = { p: floats(3, 1, Number.NEGATIVE_INFINITY, 0) };
    expect(collect({ scores: scores(), values: [] }, impossible)).toEqual([[0], [1]]);
  });
});

describe('outputs that are passed on', () => {
  const value = (type: 'float32' | 'utf8' | 'bool', dims: number[]) => ({ field: 'f', output: 'o', type, dims });

  it('keep their type and shape', () => {
    expect(collect({ values: [value('float32', [2])] }, { o: floats(2, 1, 2) }, { o: floats(2, 3, 4) })).toEqual([
      [1, 2, 3, 4],
    ]);
    expect(predictionFields({ values: [value('float32', [2, 3])] }).map(fieldText)).toEqual(['f: float32[3][2]']);
    const text = { o: { type: 'string', dims: [1], data: ['ä'] } };
    expect(collect({ values: [value('utf8', [])] }, text)).toEqual([['ä']]);
  });

  it('are refused where they are not finite or not one row a row', () => {
    const fields = { values: [value('float32', [2])] };
    expect(() => collect(fields, { o: floats(2, 1, Number.NaN) })).toThrow(
      'the model gave NaN in `o`, expected finite',
    );
    expect(() => collect(fields, { o: floats(2, 1, 2, 3, 4) })).toThrow(
      'expected 2 values for each of 1 rows, got `o`: float32[2,2]',
    );
    expect(() => collect(fields, { o: floats(1, 1, 2) })).toThrow(/expected 2 values for each of 1 rows/);
  });
});
