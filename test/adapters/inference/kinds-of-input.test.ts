import { Dictionary, Int32, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readCommitted } from '#adapters/arrow/read-committed.ts';
import { closePredictors } from '#adapters/inference/predictors.ts';
import type { InferenceState } from '#core/job/workflow.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { batchOf, fileBytes, streamBytes } from '../arrow/files.ts';
import { expected, MODEL_URI, newJob, newWorld, toyModel, unhurried } from './world.ts';

let world: ReturnType<typeof newWorld>;

beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
});
afterAll(closePredictors);

/** Plans, predicts every partition and commits; the rows as plain objects. */
async function predict(changes: Parameters<typeof newJob>[0] = {}): Promise<Record<string, unknown>[]> {
  const planned = (await planInference(await world.start('r1', newJob(changes)), world.ports)) as InferenceState;
  for (const task of await world.items('r1')) await inferOne(task, world.ports, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of (await readCommitted(world.objects, manifestUri as string)).batches()) {
    for (const row of batch) rows.push({ ...row?.toJSON(), prediction: row?.prediction.toJSON() });
  }
  return rows;
}

const oneePartition = { limits: { ...newJob().limits, partitionBytes: 1024 ** 2 } };

describe('dictionary-encoded columns', () => {
  const words = (values: readonly (string | null)[]) => {
    const [batch] = new Table({
      x: new Table([batchOf(0, values.length)]).getChild('x') as never,
      word: vectorFromArray(values, new Dictionary(new Utf8(), new Int32())),
    }).batches;
    return batch as NonNullable<typeof batch>;
  };

  it.each([
    ['one partition', oneePartition],
    ['a partition for each object', {}],
  ])('keep their values where each object has a dictionary of its own: %s', async (_name, changes) => {
    await world.input('a.arrow', await fileBytes([words(['a', 'b', 'a'])]));
    await world.input('b.arrow', await streamBytes([words(['c', null, 'd', 'c'])]));
    await world.input('c.arrow', await fileBytes([words(['b', 'e'])]));
    const rows = await predict(changes);
    expect(rows.map((row) => row.word)).toEqual(['a', 'b', 'a', 'c', null, 'd', 'c', 'b', 'e']);
    expect(rows.map((row) => row.prediction)).toEqual([0, 1, 2, 0, 1, 2, 3, 0, 1].map(expected));
  });
});
