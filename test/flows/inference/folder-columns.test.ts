/** Folders that Hive named become columns beside those of the files, of Arrow and of Parquet. */
import { readFileSync } from 'node:fs';
import { Float32, Int64, Table, vectorFromArray } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { batchOf, fileBytes } from '../../formats/arrow/files.ts';
import { MODEL_URI, newJob, newWorld, toyModel, unhurried } from './world.ts';

let world: ReturnType<typeof newWorld>;
beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
});
afterEach(() => world.close());

async function predict(changes: Parameters<typeof newJob>[0] = {}): Promise<Record<string, unknown>[]> {
  const planned = (await planInference(await world.started('r', newJob(changes)), world.ports)) as InferenceState;
  for (const task of await world.items('r')) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
    for (const row of batch) rows.push({ ...row?.toJSON(), prediction: row?.prediction.toJSON() });
  }
  return rows;
}

const rowsFrom = async (id: number) => await fileBytes([batchOf(id, 2)]);
const parquet = new Uint8Array(readFileSync('test/fixtures/tables/pyarrow-26.0.1-rows.parquet'));
const firstTwo = (rows: readonly Record<string, unknown>[], ...columns: string[]) =>
  rows.map((row) => [row.id, ...columns.map((column) => row[column])]);

describe('columns of folders', () => {
  it('stand beside those of the files, of whole numbers or texts, null where Hive has its default', async () => {
    await world.input('day=1/city=Wien/a.arrow', await rowsFrom(0));
    await world.input('day=12/city=S%C3%A3o%20Paulo/b.arrow', await rowsFrom(2));
    await world.input('day=__HIVE_DEFAULT_PARTITION__/city=01/c.arrow', await rowsFrom(4));
    const rows = await predict();
    expect(firstTwo(rows, 'day', 'city')).toEqual([
      [0, 1n, 'Wien'],
      [1, 1n, 'Wien'],
      [2, 12n, 'São Paulo'],
      [3, 12n, 'São Paulo'],
      [4, null, '01'],
      [5, null, '01'],
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'name', 'x', 'day', 'city', 'prediction']);
  });

  it('are kept by name, also alone, and of Parquet', async () => {
    await world.input('day=1/a.parquet', parquet);
    await world.input('day=2/b.parquet', parquet);
    const rows = await predict({ output: { keep: ['day'] } });
    expect(rows.map(({ day }) => day)).toEqual([...Array(10).fill(1n), ...Array(10).fill(2n)]);
  });

  it('feed a model only where they are named', async () => {
    const sum = encodeModel({
      inputs: [{ name: 'z', dims: ['N', 2] }],
      outputs: [{ name: 'total', dims: ['N', 1] }],
      constants: [{ name: 'w', dims: [2, 1], data: Float32Array.of(1, 10) }],
      nodes: [{ op: 'MatMul', inputs: ['z', 'w'], outputs: ['total'] }],
    });
    await world.objects.put(MODEL_URI, sum);
    for (const day of [3, 4]) {
      const table = new Table({ id: vectorFromArray([1n], new Int64()), v: vectorFromArray([0.5], new Float32()) });
      await world.input(`day=${day}/a.arrow`, await fileBytes(table.batches));
    }
    const as = { kind: 'onnx', softmax: false, as: 'prediction' } as const;
    const rows = await predict({ predict: as, columns: { z: 'v, day' }, output: { keep: [] } });
    expect(rows.map(({ prediction }) => prediction)).toEqual([{ value: 30.5 }, { value: 40.5 }]);
  });

  it('alone feed a model too: every row of a Parquet file is there', async () => {
    const tenfold = encodeModel({
      inputs: [{ name: 'day', dims: ['N', 1] }],
      outputs: [{ name: 'total', dims: ['N', 1] }],
      constants: [{ name: 'w', dims: [1, 1], data: Float32Array.of(10) }],
      nodes: [{ op: 'MatMul', inputs: ['day', 'w'], outputs: ['total'] }],
    });
    await world.objects.put(MODEL_URI, tenfold);
    await world.input('day=7/a.parquet', parquet);
    const as = { kind: 'onnx', softmax: false, as: 'prediction' } as const;
    const rows = await predict({ predict: as, output: { keep: [] } });
    expect(rows).toEqual(Array(10).fill({ prediction: { value: 70 } }));
  });

  it('give way to a column of the file', async () => {
    await world.input('id=99/a.arrow', await rowsFrom(0));
    expect(firstTwo(await predict())).toEqual([[0], [1]]);
  });

  it('that not every object has are refused by name; of a folder that is named itself there are none', async () => {
    await world.input('day=1/a.arrow', await rowsFrom(0));
    await world.input('b.arrow', await rowsFrom(2));
    await expect(predict()).rejects.toMatchObject({
      code: 'LS_SCHEMA_DIFFERS',
      message: expect.stringContaining('the column `day`'),
    });
    world = newWorld();
    await world.objects.put(MODEL_URI, toyModel());
    await world.input('day=1/a.arrow', await rowsFrom(0));
    const rows = await predict({ input: ['s3://data/in/day=1/'] });
    expect(Object.keys(rows[0] ?? {})).not.toContain('day');
  });
});
