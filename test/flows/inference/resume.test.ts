/** A run goes on after a failure: what is committed stays, only the rest is predicted, and only of the same rows and model. */
import { afterEach, expect, it } from 'vitest';
import { commitRun } from '#flows/inference/commit-run.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { batchesOf, fileBytes } from '../../formats/arrow/files.ts';
import { BUCKET, MODEL_URI, newWorld, roundOf, toyModel, unhurried } from './world.ts';

let world: ReturnType<typeof newWorld>;
afterEach(() => world.close());

/** A run of several partitions, of which the first two are committed. */
async function interruptedRun() {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
  await world.input('a.arrow', await fileBytes(batchesOf(6, 6, 6)));
  await world.input('b.arrow', await fileBytes(batchesOf(6, 6, 6)));
  const started = await world.start('r');
  const { plan } = await planRun(world.ports, started);
  expect(plan.partitions.length).toBeGreaterThan(3);
  const items = await world.items('r');
  const [first, second] = items;
  if (!first || !second) throw new Error('too few partitions');
  await runTask(world.ports, first, unhurried);
  await runTask(world.ports, second, unhurried);
  return { started, plan, items };
}

it('predicts only what is left, by the same plan', async () => {
  const { started, plan, items } = await interruptedRun();
  await expect(commitRun(world.ports, { runId: 'r', round: roundOf('r') })).rejects.toMatchObject({
    code: 'LS_RUN_INCOMPLETE',
  });
  const before = await world.keys('runs/r/parts/');
  expect(before).toHaveLength(2);

  expect((await planRun(world.ports, started)).plan).toEqual(plan);
  for (const item of items) await runTask(world.ports, item, unhurried);
  const after = await world.keys('runs/r/parts/');
  expect(after).toHaveLength(items.length);
  expect(after).toEqual(expect.arrayContaining(before));

  const { manifest, manifestUri } = await commitRun(world.ports, { runId: 'r', round: roundOf('r') });
  expect(manifest.parts.map(({ uri }) => uri).toSorted()).toEqual(after.toSorted());
  const ids: number[] = [];
  for await (const batch of (await readCommitted(world.ports, manifestUri)).batches()) ids.push(batch.numRows);
  expect(ids.reduce((sum, rows) => sum + rows, 0)).toBe(36);
});

it.each([
  [
    'an input that is left was replaced',
    async () => await world.input('b.arrow', await fileBytes(batchesOf(5))),
    /b\.arrow is /,
  ],
  [
    'an input that is left is gone',
    async () => await world.objects.delete([`s3://${BUCKET}/in/b.arrow`]),
    /b\.arrow is gone/,
  ],
  ['the model was replaced', async () => await world.objects.put(MODEL_URI, new Uint8Array(8)), /toy\.onnx/],
])('is refused where %s', async (_, change, message) => {
  const { started } = await interruptedRun();
  await change();
  const refused = planRun(world.ports, started);
  await expect(refused).rejects.toMatchObject({ code: 'LS_INPUT_CHANGED' });
  await expect(refused).rejects.toThrow(message);
});

it('asks nothing of inputs whose partitions are all committed', async () => {
  const { started, items } = await interruptedRun();
  for (const item of items) await runTask(world.ports, item, unhurried);
  await world.objects.delete([`s3://${BUCKET}/in/a.arrow`]);
  await world.objects.put(MODEL_URI, new Uint8Array(8));
  await planRun(world.ports, started);
  expect((await commitRun(world.ports, { runId: 'r', round: roundOf('r') })).manifest.totals.rows).toBe(36);
});
