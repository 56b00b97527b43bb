import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import type { Predictor } from '#core/inference/ports.ts';
import { predictRows } from '#flows/inference/predict-rows.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import { batchesOf } from '../../formats/arrow/files.ts';

const FIELDS = [{ name: 'twice', type: 'int32', nullable: false }] as const;
const watch = {
  time: <T>(_: string, work: () => T) => work(),
  timeAsync: <T>(_: string, work: () => Promise<T>) => work(),
};

/** Takes every row, then gives twice the id of each in batches of these sizes; what is left over in a last one. */
const cutting = (...sizes: readonly number[]): Predictor<RecordBatch> => ({
  outputFields: FIELDS,
  versions: {},
  async *predict(batches) {
    const ids: number[] = [];
    for await (const batch of batches) ids.push(...(batch.getChild('id') as Iterable<number>));
    const shape = batchShape(FIELDS);
    for (const size of [...sizes, ids.length]) {
      const some = ids.splice(0, size);
      if (some.length === 0) continue;
      yield shape(some.length, [Int32Array.from(some, (id) => 2 * id)]);
    }
  },
});

const numbers = (batch: RecordBatch, name: string): number[] => [...(batch.getChild(name) as Iterable<number>)];

/** Any row without a prediction ends the run. */
const onError = rowPolicy('fail');

async function run(rows: readonly number[], predictor: Predictor<RecordBatch>) {
  const released: number[] = [];
  async function* source() {
    for (const [block, batch] of batchesOf(...rows).entries()) {
      yield { uri: 's3://data/a.arrow', block, firstRow: 0, batch, release: () => void released.push(block) };
    }
  }
  const pairs: [number, number][] = [];
  for await (const rows of predictRows(source(), { predictor, watch, onError })) {
    if (!('predictions' in rows)) expect.unreachable('every row has its prediction');
    const { batch, predictions, release } = rows;
    const [ids, twice] = [numbers(batch, 'id'), numbers(predictions, 'twice')];
    expect(twice).toHaveLength(ids.length);
    pairs.push(...ids.map((id, i): [number, number] => [id, twice[i] ?? Number.NaN]));
    release();
  }
  return { pairs, released };
}

describe('predictRows', () => {
  it('puts each row beside its prediction, however both are cut, and gives each batch back once', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (rows, cuts) => {
        const { pairs, released } = await run(rows, cutting(...cuts));
        const total = rows.reduce((sum, each) => sum + each, 0);
        expect(pairs).toEqual(Array.from({ length: total }, (_, id) => [id, 2 * id]));
        expect(released).toEqual([...rows.keys()]);
      }),
    );
  });

  it('refuses a row too few, with the place of the first that has no prediction', async () => {
    const short: Predictor<RecordBatch> = {
      ...cutting(),
      async *predict(batches, told) {
        for await (const batch of cutting().predict(batches, told)) yield batch.slice(0, batch.numRows - 1);
      },
    };
    await expect(run([3, 4], short)).rejects.toMatchObject({
      code: 'LS_PREDICTION_MISCOUNTED',
      message: 's3://data/a.arrow, record batch 1: the predictor returned no predictions for the last 1 rows',
    });
  });

  it('refuses a row too many', async () => {
    const long: Predictor<RecordBatch> = {
      ...cutting(),
      async *predict(batches, told) {
        yield* cutting().predict(batches, told);
        yield batchShape(FIELDS)(2, [Int32Array.of(0, 0)]);
      },
    };
    await expect(run([3], long)).rejects.toThrow('the predictor returned 2 rows more than it was given');
  });

  it('says where the first row without a prediction lies when the predictor fails', async () => {
    const failing: Predictor<RecordBatch> = {
      ...cutting(),
      async *predict(batches, told) {
        let given = 0;
        for await (const batch of batches) {
          if (given++ === 1) throw new LockstepError('LS_PREDICTION_FAILED', 'no');
          yield* cutting().predict(
            (async function* () {
              yield batch;
            })(),
            told,
          );
        }
      },
    };
    await expect(run([3, 4, 2], failing)).rejects.toThrow('s3://data/a.arrow, record batch 1: no');
  });
});
