/**
 * The inference workflow, its definition over its functions, fails and is redriven: Step Functions goes on in the state that
 * failed, with the input that this state had. That is done here by hand: the local cloud has no redrive.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import type { InferenceState, PartitionTask, PlanInput } from '#core/inference/state.ts';
import { commitInference } from '../../functions/commit-inference.ts';
import { inferOne } from '../../functions/infer-partition.ts';
import { planInference } from '../../functions/plan-inference.ts';
import type { Execution } from '../../localstack/embedded/step-functions/execution.ts';
import { StateFailure } from '../../localstack/embedded/step-functions/state-failure.ts';
import { MODEL_URI, newJob, newWorld, toyModel, unhurried } from '../flows/inference/world.ts';
import { batchesOf, fileBytes } from '../formats/arrow/files.ts';
import { execute, type Functions, machine } from './inference-machine.ts';

const ROWS = [6, 6, 6, 6];
/** One partition after the other. */
const JOB = newJob({ limits: { ...newJob().limits, maxConcurrency: 1 } });

let world: ReturnType<typeof newWorld>;
/** Partitions that were predicted, as often as they were. */
let predicted: number[];
/** Why a partition fails. `said`: its function lives to record it. */
let broken: ReadonlyMap<number, { readonly code: 'LS_NULL_INPUT' | 'LS_UNAVAILABLE'; readonly isSaid: boolean }>;

beforeEach(async () => {
  world = newWorld();
  predicted = [];
  broken = new Map();
  await world.objects.put(MODEL_URI, toyModel());
  await world.input('a.arrow', await fileBytes(batchesOf(...ROWS)));
});
afterEach(() => world.close());

async function infer(task: PartitionTask) {
  const trouble = broken.get(task.partition);
  if (trouble?.isSaid === false) throw new StateFailure('Test.Died', 'without a word');
  const predictors: typeof world.ports.predictors = Object.create(world.ports.predictors);
  predictors.open = async (...asked) => {
    if (trouble) throw new LockstepError(trouble.code, 'as the test wants it');
    predicted.push(task.partition);
    return world.ports.predictors.open(...asked);
  };
  return await inferOne({ ...world.ports, predictors }, task, unhurried);
}

const functions: Functions = {
  'plan-inference': (input: PlanInput) => planInference(input, world.ports),
  'infer-partition': infer,
  'commit-inference': (state: InferenceState) => commitInference(state, world.ports),
};

const run = (startAt: string, input: string, name?: string): Promise<Execution> =>
  execute(world, functions, { startAt, input, ...(name !== undefined && { name }) });

const start = async (name?: string) => await run(machine.StartAt, JSON.stringify(await world.start('r', JOB)), name);

const enteredName = ({ stateEnteredEventDetails: details }: Execution['history']['events'][number]): unknown =>
  (details as { readonly name?: string } | undefined)?.name;

/** Goes on in the state that was entered last, which is the one that failed. */
async function redrive({ ending, history }: Execution): Promise<Execution> {
  expect(ending?.status).toBe('FAILED');
  const entered = history.events.flatMap(({ stateEnteredEventDetails: details }) => (details ? [details] : []));
  const { name, input } = entered.at(-1) as { readonly name: string; readonly input: string };
  return await run(name, input);
}

it('predicts what was left, and nothing that is committed', async () => {
  broken = new Map([[1, { code: 'LS_NULL_INPUT', isSaid: true }]]);
  const failed = await start();
  expect(failed.ending).toMatchObject({ status: 'FAILED', error: 'LS_NULL_INPUT' });
  const before = (await world.keys('runs/r/_tasks/')).length;
  expect(before).toBeGreaterThan(0);

  const again = await redrive(failed);
  expect(again.ending).toMatchObject({ status: 'FAILED', error: 'LS_NULL_INPUT' });
  broken = new Map();
  const redriven = await redrive(again);
  expect(redriven.ending).toMatchObject({ status: 'SUCCEEDED' });
  expect(JSON.parse(redriven.ending?.output ?? '{}')).toMatchObject({ rows: 24 });
  expect(predicted.toSorted()).toEqual([...new Set(predicted)].toSorted());
  expect(await world.keys('runs/r/parts/')).toHaveLength(predicted.length);
});

it('plans again where Plan has failed', async () => {
  await world.objects.delete([MODEL_URI]);
  const failed = await start();
  expect(failed.ending).toMatchObject({ status: 'FAILED', error: 'LS_MODEL_UNREADABLE' });
  await world.objects.put(MODEL_URI, toyModel());
  expect((await redrive(failed)).ending).toMatchObject({ status: 'SUCCEEDED' });
});

it('does not go over the partitions again by itself, though a reason is one that a state tries again', async () => {
  broken = new Map([[1, { code: 'LS_UNAVAILABLE', isSaid: true }]]);
  const failed = await start();
  expect(failed.ending).toMatchObject({ status: 'FAILED', error: 'LS_RUN_INCOMPLETE' });
  expect(failed.ending?.cause).toMatch(/LS_UNAVAILABLE: partition 1: as the test wants it/);
  expect(failed.history.events.filter((event) => enteredName(event) === 'Partitions')).toHaveLength(1);
}, 30_000);

it.each<[string, (failed: Execution) => Promise<Execution>]>([
  ['redriven', redrive],
  ['resumed', () => start('r.1')],
])('does not report an old reason where a partition dies without a word: %s', async (_, goOn) => {
  broken = new Map([[1, { code: 'LS_NULL_INPUT', isSaid: true }]]);
  const failed = await start();
  expect(failed.ending).toMatchObject({ error: 'LS_NULL_INPUT' });
  broken = new Map([[1, { code: 'LS_NULL_INPUT', isSaid: false }]]);
  const { ending } = await goOn(failed);
  expect(ending).toMatchObject({ status: 'FAILED', error: 'LS_RUN_INCOMPLETE' });
  expect(ending?.cause).toMatch(/have no predictions.*States.ExceedToleratedFailureThreshold/);
});
