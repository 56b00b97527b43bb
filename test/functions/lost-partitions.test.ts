/**
 * Functions that are killed without a word, or run out of time, on the definition of the workflow: partitions are predicted in
 * pieces, down to the row that ends every function, and each other row gets its prediction once.
 */
import { tableFromIPC } from 'apache-arrow';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { deadLettersOf, type InferenceManifest } from '#core/inference/manifest.ts';
import type { InferenceState, PartitionTask, PlanInput } from '#core/inference/state.ts';
import { manifestProblem } from '#core/inference/verify.ts';
import type { RowPolicy } from '#core/job/row-policy.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { verifyRun } from '#flows/inference/verify-run.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import { commitInference } from '../../functions/commit-inference.ts';
import { inferOne } from '../../functions/infer-partition.ts';
import { planInference } from '../../functions/plan-inference.ts';
import { StateFailure } from '../../localstack/embedded/step-functions/state-failure.ts';
import { rowsOfTask } from '../flows/inference/planned-ids.ts';
import { expected, MODEL_URI, newJob, newWorld, toyModel, unhurried } from '../flows/inference/world.ts';
import { batchesOf, fileBytes } from '../formats/arrow/files.ts';
import { execute, type Functions } from './inference-machine.ts';

const ROWS = [40, 300, 60];
const TOTAL = 400;

let world: ReturnType<typeof newWorld>;
/** How often functions were started. */
let started: number;
beforeEach(async () => {
  world = newWorld();
  started = 0;
  await world.objects.put(MODEL_URI, toyModel());
  await world.input('a.arrow', await fileBytes(batchesOf(...ROWS)));
});
afterEach(() => world.close());

type End = (ids: readonly number[]) => void;

/** Runs the job where functions end in the middle as `end` has it. */
async function run(end: End, onError: RowPolicy = rowPolicy({ toleratedRowFraction: 1 })) {
  const functions: Functions = {
    'plan-inference': (input: PlanInput) => planInference(input, world.ports),
    async 'infer-partition'(task: PartitionTask) {
      started++;
      const { ids, isLost } = await rowsOfTask(world.objects, task, ROWS);
      if (!isLost) end(ids);
      return await inferOne(world.ports, task, unhurried);
    },
    'commit-inference': (state: InferenceState) => commitInference(state, world.ports),
  };
  const job = newJob({ onError, limits: { ...newJob().limits, partitionBytes: 1e6 } });
  return await execute(world, functions, { input: JSON.stringify(await world.start('r', job)) });
}

const killed = (): never => {
  throw new StateFailure('Runtime.ExitError', 'signal: killed');
};

async function committed() {
  const { manifest, batches } = await readCommitted(world, 's3://data/runs/r/_SUCCESS.json');
  const ids: number[] = [];
  for await (const batch of batches()) {
    for (const row of batch) {
      expect(row?.prediction.toJSON()).toEqual(expected(row?.id));
      ids.push(row?.id);
    }
  }
  expect(manifestProblem(manifest)).toBeUndefined();
  expect(await verifyRun(world, manifest)).toBeUndefined();
  return { manifest, ids };
}

async function dead(manifest: InferenceManifest) {
  const rows = [];
  for (const { uri } of deadLettersOf(manifest)) {
    for (const row of tableFromIPC((await world.objects.get(uri)).bytes)) {
      rows.push({ id: row?.id, ...row?.lockstep_error.toJSON() });
    }
  }
  return rows;
}

const others = (...bad: readonly number[]) =>
  Array.from({ length: TOTAL }, (_, id) => id).filter((id) => !bad.includes(id));

it('finds the rows that kill every function, and predicts all others', { timeout: 120_000 }, async () => {
  const { ending } = await run((ids) => (ids.includes(77) || ids.includes(399) ? killed() : undefined));
  expect(ending).toMatchObject({ status: 'SUCCEEDED' });
  const { manifest, ids } = await committed();
  expect(ids).toEqual(others(77, 399));
  expect(manifest.failed).toMatchObject({ dead: 2, byClass: { oom: 2 } });
  expect(manifest.split).toContain(0);
  expect((await dead(manifest)).toSorted((a, b) => a.id - b.id)).toMatchObject([
    { id: 77, class: 'oom', code: 'LS_PREDICTOR_DIED', block: 1n, row: 37n },
    { id: 399, class: 'oom', block: 2n, row: 59n },
  ]);
});

it('predicts in pieces what was too much at once, and no row is lost', { timeout: 60_000 }, async () => {
  const { ending } = await run((ids) => {
    if (ids.length > 100) throw new LockstepError('LS_PARTITION_TIMEOUT', 'too much');
  });
  expect(ending).toMatchObject({ status: 'SUCCEEDED' });
  const { manifest, ids } = await committed();
  expect(ids).toEqual(others());
  expect(manifest.failed).toBeUndefined();
  expect(JSON.parse(ending?.output ?? '{}')).toMatchObject({ rows: TOTAL });
});

it('fails the run with the row, where the job fails for it', { timeout: 120_000 }, async () => {
  const { ending } = await run((ids) => (ids.includes(77) ? killed() : undefined), rowPolicy('fail'));
  expect(ending).toMatchObject({ status: 'FAILED', error: 'LS_PREDICTOR_DIED' });
  expect(ending?.cause).toMatch(/a\.arrow, record batch 1: row 37: every function that was to predict it was killed/);
});

it('is over soon where every function is killed, whatever it has', { timeout: 60_000 }, async () => {
  const { ending } = await run(killed);
  expect(ending).toMatchObject({ status: 'FAILED', error: 'LS_RUN_INCOMPLETE' });
  // Whole, between its three record batches, and within each: three times each.
  expect(started).toBeLessThanOrEqual(3 * (1 + 3 + 3 * 16));
});
