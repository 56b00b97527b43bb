import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readCommitted } from '#adapters/arrow/read-committed.ts';
import { closePredictors } from '#adapters/inference/predictors.ts';
import type { InferenceState } from '#core/job/workflow.ts';
import { commitInference } from '../../functions/commit-inference.ts';
import { inferOne } from '../../functions/infer-partition.ts';
import { planInference } from '../../functions/plan-inference.ts';
import { batchesOf, fileBytes, streamBytes } from '../adapters/arrow/files.ts';
import { BUCKET, expected, MODEL_URI, newJob, newWorld, toyModel, unhurried } from '../adapters/inference/world.ts';

let world: ReturnType<typeof newWorld>;

beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
});
afterAll(closePredictors);

const plan = async (runId = 'r1', job = newJob()) =>
  (await planInference(await world.start(runId, job), world.ports)) as InferenceState;

const inferAll = async (runId = 'r1') => {
  for (const task of await world.items(runId)) await inferOne(task, world.ports, unhurried);
};

/** The rows of a committed run, as plain objects. */
async function rowsOf(state: InferenceState) {
  const committed = await readCommitted(world.objects, state.manifestUri as string);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of committed.batches()) {
    for (const row of batch) rows.push({ ...row?.toJSON(), prediction: row?.prediction.toJSON() });
  }
  return rows;
}

describe('the inference workflow', () => {
  it('predicts every row of every object, in the order of the input, beside the columns that are kept', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3, 2, 4)));
    await world.input('b.arrow', await streamBytes(batchesOf(2, 5)));
    const planned = await plan();
    expect(planned.partitions).toBeGreaterThan(2);
    expect(planned.maxConcurrency).toBe(16);
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    expect(committed).toMatchObject({ rows: 16, manifestUri: `s3://${BUCKET}/runs/r1/_SUCCESS.json` });
    const rows = await rowsOf(committed);
    expect(rows.map((row) => row.id)).toEqual([...Array(9).keys(), ...Array(7).keys()]);
    for (const row of rows) expect(row.prediction).toEqual(expected(row.id as number));
    expect(rows[4]).toMatchObject({ name: 'row 4' });
  });

  it('keeps only the columns that the job names', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    const planned = await plan('r1', newJob({ output: { keep: ['id'] } }));
    await inferAll();
    const [row] = await rowsOf(await commitInference(planned, world.ports));
    expect(row).toEqual({ id: 0, prediction: expected(0) });
  });
});
