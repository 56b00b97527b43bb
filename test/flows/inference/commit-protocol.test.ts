/**
 * The master invariant under random schedules. Several attempts at each partition run at once, over objects that answer
 * late and in any order, refuse, and lose replies of writes that were applied; attempts die in the middle and are
 * started again; the commit is tried at any moment. Whatever happens: before the commit nothing is visible, and what is
 * committed holds every row of the input exactly once and stays as it is.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { LockstepError } from '#core/errors.ts';
import type { InferenceManifest } from '#core/inference/manifest.ts';
import type { Objects } from '#core/objects/ports.ts';
import { commitRun } from '#flows/inference/commit-run.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import { batchesOf, fileBytes } from '../../formats/arrow/files.ts';
import { Crash, seeded, troubled } from './troubled.ts';
import { BUCKET, expected, MODEL_URI, newWorld, roundOf, toyModel, unhurried } from './world.ts';

const SUCCESS = `s3://${BUCKET}/runs/r/_SUCCESS.json`;

/** One for all schedules: loading the model each time would be most of the work. */
const models = memoryObjects();
const predictors = predictorsOf(modelFiles(models));
beforeAll(() => models.put(MODEL_URI, toyModel()));
afterAll(() => predictors.close());

/** One process that works on a partition until it succeeds or dies; returns whether it succeeded. */
async function attempt(world: ReturnType<typeof newWorld>, objects: Objects, partition: number): Promise<boolean> {
  const task = { runId: 'r', planUri: `s3://${BUCKET}/runs/r/plan.json`, partition, round: roundOf('r') };
  const ports = { ...world.ports, objects, predictors, memory: new TaskMemory() };
  for (let tries = 0; tries < 20; tries++) {
    try {
      await runTask(ports, task, unhurried);
      return true;
    } catch (error) {
      if (error instanceof Crash) return false;
      if (!(error instanceof LockstepError) || !error.retryable) throw error;
    }
  }
  return false;
}

async function commitNow(world: ReturnType<typeof newWorld>, objects: Objects): Promise<boolean> {
  try {
    await commitRun({ objects, bucket: BUCKET }, { runId: 'r', round: roundOf('r') });
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    const code = (error as LockstepError).code;
    // A recorded failure of an attempt, or nothing but missing partitions: never anything else.
    expect(['LS_RUN_INCOMPLETE', 'LS_UNAVAILABLE']).toContain(code);
    return (await world.objects.head(SUCCESS)) !== undefined;
  }
}

async function committedRows(world: ReturnType<typeof newWorld>): Promise<string[]> {
  const { batches } = await readCommitted(world, SUCCESS);
  const rows: string[] = [];
  for await (const batch of batches()) {
    for (const row of batch) {
      expect(row?.prediction.toJSON()).toEqual(expected(row?.id));
      rows.push(`${row?.id}`);
    }
  }
  return rows;
}

/** Every task manifest, as it is stored. */
async function taskManifests(world: ReturnType<typeof newWorld>): Promise<string[]> {
  const uris = await world.keys('runs/r/_tasks/');
  return Promise.all(uris.map(async (uri) => new TextDecoder().decode((await world.objects.get(uri)).bytes)));
}

async function simulate(seed: number): Promise<void> {
  const random = seeded(seed);
  const world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
  const sizes = Array.from({ length: 1 + Math.floor(random() * 5) }, () => 1 + Math.floor(random() * 6));
  await world.input('a.arrow', await fileBytes(batchesOf(...sizes)));
  const total = sizes.reduce((sum, rows) => sum + rows, 0);
  const { plan } = await planRun({ ...world.ports, predictors }, await world.start('r'));

  const zombies: Promise<unknown>[] = [];
  let isCommitted = false;
  for (let round = 0; round < 30 && !isCommitted; round++) {
    for (const partition of plan.partitions.keys()) {
      const copies = 1 + Math.floor(random() * 3);
      for (let copy = 0; copy < copies; copy++) {
        zombies.push(attempt(world, troubled(world.objects, random), partition));
      }
    }
    // The commit does not wait for the attempts; some of them finish after it.
    if (random() < 0.7) await Promise.race(zombies);
    // Two commits at once are one commit.
    const commits = [1, 2].map(() => commitNow(world, troubled(world.objects, random)));
    isCommitted = (await Promise.all(commits)).includes(true);
  }
  expect(isCommitted, `seed ${seed} never committed`).toBe(true);

  const manifest = (await world.objects.get(SUCCESS)).bytes;
  const tasks = await taskManifests(world);
  const rows = await committedRows(world);
  expect(rows, `seed ${seed}`).toEqual(Array.from({ length: total }, (_, id) => `${id}`));

  await Promise.all(zombies);
  const again = await commitRun(world.ports, { runId: 'r', round: roundOf('r') });
  expect(again.manifest).toEqual(JSON.parse(new TextDecoder().decode(manifest)) as InferenceManifest);
  expect((await world.objects.get(SUCCESS)).bytes).toEqual(manifest);
  expect(await committedRows(world), `seed ${seed}, after the last zombie`).toEqual(rows);
  expect(tasks).toHaveLength(plan.partitions.length);
  expect(await taskManifests(world), `seed ${seed}: a task manifest was replaced`).toEqual(tasks);
}

describe('the commit protocol', () => {
  it('makes every row visible exactly once, whatever crashes, comes twice, comes late or gets lost', async () => {
    await fc.assert(fc.asyncProperty(fc.integer(), simulate), { numRuns: 100 });
  }, 180_000);
});
