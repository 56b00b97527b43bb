import { Field, Float32, Struct, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { tally } from '../../../cli/run/label-tally.ts';

const struct = new Struct([new Field('label', new Utf8(), true)]);
const batches = (labels: readonly (string | null)[]) =>
  new Table({
    prediction: vectorFromArray(
      labels.map((label) => ({ label })),
      struct,
    ),
  }).batches;

describe('labels', () => {
  it('are counted over all batches, the most frequent first', async () => {
    const all = [...batches(['a', 'b', 'a']), ...batches(['b', 'a', null])];
    expect(await tally(all, 'prediction')).toEqual({
      ...{
        labels: [
          ['a', 3],
          ['b', 2],
          ['null', 1],
        ],
        others: 0,
      },
    });
  });

  it('of a vocabulary are told as the twenty most frequent and the rest', async () => {
    const labels = Array.from({ length: 25 }, (_, i) => Array.from({ length: 25 - i }, () => `l${i}`)).flat();
    const found = await tally(batches(labels), 'prediction');
    expect(found).toMatchObject({ others: 1 + 2 + 3 + 4 + 5 });
  });

  it('are not counted where there are more than anybody reads', async () => {
    expect(await tally(batches(Array.from({ length: 10_001 }, (_, i) => String(i))), 'prediction')).toEqual({
      reason: 'there are more than 10,000 labels',
    });
  });

  it('are not there where a prediction is a value', async () => {
    const values = new Struct([new Field('value', new Float32(), true)]);
    const table = new Table({ prediction: vectorFromArray([{ value: 1 }], values) });
    expect(await tally(table.batches, 'prediction')).toBeUndefined();
  });
});
