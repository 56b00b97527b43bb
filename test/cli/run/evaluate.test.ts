import { Field, Float64, Int32, Int64, Struct, Table, tableFromArrays, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../cli/run/evaluate.ts';

const struct = new Struct([new Field('label', new Int32(), true)]);
const batches = (labels: number[], predicted: number[], split: string[]) =>
  new Table({
    label: vectorFromArray(labels, new Int32()),
    split: vectorFromArray(split, new Utf8()),
    prediction: vectorFromArray(
      predicted.map((label) => ({ label })),
      struct,
    ),
  }).batches;

describe('accuracy', () => {
  const some = batches([1, 2, 3, 4], [1, 2, 0, 0], ['test', 'train', 'test', 'train']);

  it('is the share of right labels among the rows that count', async () => {
    expect(await evaluate(some, { label: 'label', where: { split: 'test' } }, 'prediction')).toEqual({
      rows: 2,
      accuracy: 0.5,
    });
    expect(await evaluate(some, { label: 'label', where: {} }, 'prediction')).toEqual({ rows: 4, accuracy: 0.5 });
  });

  it('is taken over all batches', async () => {
    const more = batches([5], [5], ['test']);
    expect(await evaluate([...some, ...more], { label: 'label', where: { split: 'test' } }, 'prediction')).toEqual({
      rows: 3,
      accuracy: 2 / 3,
    });
  });

  it('compares names by their letters and numbers of any type by their value, and leaves out rows whose label is not known', async () => {
    const named = new Table({
      label: vectorFromArray(['barolo', 'barbera', null, 'grignolino'], new Utf8()),
      prediction: vectorFromArray(
        ['barolo', 'grignolino', 'barolo', 'grignolino'].map((label) => ({ label })),
        new Struct([new Field('label', new Utf8(), true)]),
      ),
    }).batches;
    expect(await evaluate(named, { label: 'label', where: {} }, 'prediction')).toEqual({ rows: 3, accuracy: 2 / 3 });
    const wide = new Table({
      label: vectorFromArray([10, 20], new Float64()),
      prediction: vectorFromArray(
        [10n, 30n].map((label) => ({ label })),
        new Struct([new Field('label', new Int64(), true)]),
      ),
    }).batches;
    expect(await evaluate(wide, { label: 'label', where: {} }, 'prediction')).toEqual({ rows: 2, accuracy: 0.5 });
  });

  it('is not a number where no row counts', async () => {
    expect((await evaluate(some, { label: 'label', where: { split: 'none' } }, 'prediction')).accuracy).toBeNaN();
  });

  it('names the column that is missing, and those that are there', async () => {
    const { batches: other } = tableFromArrays({ id: Int32Array.of(1) });
    await expect(evaluate(other, { label: 'label', where: {} }, 'prediction')).rejects.toThrow(
      'evaluate needs the column label; the output has id',
    );
  });
});
