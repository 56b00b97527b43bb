/**
 * The promise about rows under random schedules: some rows fail, some end every process that predicts them, attempts crash, run
 * out of time, come twice and late, and Commit splits what is missing at any moment, twice at once. Whatever happens, each row
 * of the input is in the output once, or among the dead letters once, or left out as the job says.
 */
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { LockstepError } from '#core/errors.ts';
import { deadLettersOf, type InferenceManifest } from '#core/inference/manifest.ts';
import { rowsRead } from '#core/inference/run-commit.ts';
import type { InferenceState, PartitionItem } from '#core/inference/state.ts';
import { manifestProblem } from '#core/inference/verify.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import { verifyRun } from '#flows/inference/verify-run.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import { readJson } from '#formats/json/json-object.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { fileBytes } from '../../formats/arrow/files.ts';
import { lookup, NAN, OUTSIDE, rowsIn, rowsOf } from './failing-rows.ts';
import { rowsOfTask } from './planned-ids.ts';
import { Crash, seeded, troubled } from './troubled.ts';
import { BUCKET, MODEL_URI, newJob, newWorld, unhurried } from './world.ts';

/** One for all schedules: loading the model each time would be most of the work. */
const models = memoryObjects();
const predictors = predictorsOf(modelFiles(models));
beforeAll(() => models.put(MODEL_URI, lookup()));
afterAll(() => predictors.close());

/** More of them where somebody asks: each takes a third of a second. */
const RUNS = Number(process.env.LOCKSTEP_SEEDS ?? 10);

const ACTIONS = ['deadLetter', null, 'drop'] as const;
type Action = (typeof ACTIONS)[number];
type Failing = 'nullInput' | 'nonFinite' | 'model' | 'oom' | 'timeout';

/** A run that is drawn: its rows by record batch, what each comes to by itself, and what the job does with those that fail. */
function drawn(random: () => number) {
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const blockRows = Array.from({ length: 1 + Math.floor(random() * 4) }, () => 1 + Math.floor(random() * 20));
  const total = blockRows.reduce((sum, rows) => sum + rows, 0);
  const kOf = (id: number) => {
    const draw = random();
    if (id === 0 || draw > 0.15) return id % 9;
    // Of those on which the model fails only few: onnxruntime writes a line for each call.
    return draw < 0.02 ? OUTSIDE : pick([null, NAN]);
  };
  const ks = Array.from({ length: total }, (_, id) => kOf(id));
  const killers = new Set(ks.flatMap((_, id) => (random() < 0.04 ? [id] : [])));
  const action: Readonly<Partial<Record<Failing, Action>>> = {
    ...{ nullInput: pick(ACTIONS), nonFinite: pick(ACTIONS), model: pick(ACTIONS) },
    ...{ oom: pick(ACTIONS), timeout: pick(ACTIONS) },
  };
  return { blockRows, ks, killers, action };
}
type Drawn = ReturnType<typeof drawn>;
type World = ReturnType<typeof newWorld>;

const classOf = (k: number | null | undefined): Failing | undefined => {
  if (k === null) return 'nullInput';
  if (k === NAN) return 'nonFinite';
  return k === OUTSIDE ? 'model' : undefined;
};

async function plannedRun(world: World, { blockRows, ks, action }: Drawn): Promise<InferenceState> {
  await world.objects.put(MODEL_URI, lookup());
  const firsts = blockRows.map((_, block) => blockRows.slice(0, block).reduce((sum, rows) => sum + rows, 0));
  const batches = blockRows.map((rows, block) => {
    const first = firsts[block] as number;
    return rowsOf(ks.slice(first, first + rows), first);
  });
  await world.input('a.arrow', await fileBytes(batches));
  const job = newJob({
    columns: { k: 'k' },
    predict: { kind: 'onnx', softmax: false, as: 'prediction', outputs: { tenfold: 'tenfold' } },
    onError: rowPolicy({ ...action, toleratedRowFraction: 1 }),
    limits: { ...newJob().limits, partitionBytes: 1500 },
  });
  return (await planInference(await world.started('r', job), { ...world.ports, predictors })) as InferenceState;
}

/** One process that works on a partition until it succeeds, dies, or is out of time. */
async function attempt(
  world: World,
  task: PartitionItem & { readonly round: string },
  run: Drawn,
  random: () => number,
) {
  const { ids, isLost } = await rowsOfTask(world.objects, task, run.blockRows);
  if (!isLost && ids.some((id) => run.killers.has(id))) return;
  const objects = troubled(world.objects, random);
  const limits = random() < 0.1 ? { ...unhurried, remainingMs: () => 9_000 } : unhurried;
  for (let tries = 0; tries < 5; tries++) {
    try {
      await runTask({ ...world.ports, objects, predictors, memory: new TaskMemory() }, task, limits);
      return;
    } catch (error) {
      if (error instanceof Crash) return;
      if (!(error instanceof LockstepError) || !error.retryable) throw error;
    }
  }
}

/** What Commit answers; undefined where it failed, which is tried again, or enters the next round. */
async function commitNow(world: World, state: InferenceState, random: () => number) {
  try {
    return await commitInference(state, { ...world.ports, objects: troubled(world.objects, random, true) });
  } catch (error) {
    if (error instanceof Crash) return undefined;
    expect(['LS_RUN_INCOMPLETE', 'LS_UNAVAILABLE', 'LS_PARTITION_TIMEOUT']).toContain((error as LockstepError).code);
    return undefined;
  }
}

/**
 * Goes on until the run is committed; the attempts go on behind that. `manifestUri` is undefined where it never is: after two
 * passes without a single partition that came to its end, no rows are to blame.
 */
async function untilCommitted(world: World, run: Drawn, random: () => number) {
  let state = await plannedRun(world, run);
  const attempts: Promise<unknown>[] = [];
  for (let pass = 0; pass < 40; pass++) {
    const { value: items } = await readJson<PartitionItem[]>(world.objects, `s3://${BUCKET}/${state.itemsKey}`);
    const copies = items.flatMap((item) => (random() < 0.3 ? [item, item] : [item]));
    const begun = copies.map((item) => attempt(world, { ...item, round: state.round as string }, run, random));
    attempts.push(...begun);
    await (random() < 0.8 ? Promise.all(begun) : Promise.race(begun));
    const answers = await Promise.all([1, 2].map(() => commitNow(world, state, random)));
    const committed = answers.find((answer) => answer?.manifestUri !== undefined);
    if (committed) return { manifestUri: committed.manifestUri as string, attempts };
    state = answers.find((answer) => answer !== undefined) ?? state;
  }
  return { manifestUri: undefined, attempts };
}

async function outcome(world: World, manifestUri: string) {
  const { manifest, batches } = await readCommitted(world, manifestUri);
  const rows = await rowsIn(batches());
  const dead: { readonly id: number; readonly k: number | null; readonly why: Failing }[] = [];
  for (const { uri } of deadLettersOf(manifest)) {
    const table = tableFromIPC((await world.objects.get(uri)).bytes);
    const ids = [...table].map((row) => row?.id as number);
    expect(ids, 'in the order of the partition').toEqual(ids.toSorted((a, b) => a - b));
    for (const row of table) dead.push({ id: row?.id, k: row?.k, why: row?.lockstep_error.class });
  }
  return { manifest, rows, dead };
}

/** Every task manifest, as it is stored. */
async function taskManifests(world: World): Promise<ReadonlyMap<string, string>> {
  const stored = (await world.keys('runs/r/_tasks/')).map(
    async (uri) => [uri, Buffer.from((await world.objects.get(uri)).bytes).toString()] as const,
  );
  return new Map(await Promise.all(stored));
}

/** Holds each row of the input against what became of it. */
function checkRows(run: Drawn, { manifest, rows, dead }: Awaited<ReturnType<typeof outcome>>): void {
  const lostActions = [run.action.oom, run.action.timeout];
  const mayBe = (id: number, action: Action) => {
    const why = classOf(run.ks[id]);
    return lostActions.includes(action) || (why !== undefined && run.action[why] === action);
  };
  const out = rows.map(({ id }) => id as number);
  expect(out).toEqual(out.toSorted((a, b) => a - b));
  const seen = [...out, ...dead.map(({ id }) => id)];
  expect(new Set(seen).size).toBe(seen.length);
  const gone = [...run.ks.keys()].filter((id) => !seen.includes(id));
  expect(gone.length).toBe(manifest.failed?.dropped ?? 0);
  expect(seen.length + gone.length).toBe(run.ks.length);
  expect(rowsRead(manifest)).toBe(run.ks.length);
  for (const id of gone) expect(mayBe(id, 'drop')).toBe(true);
  for (const { id, k, why } of dead) {
    expect(k).toBe(run.ks[id]);
    expect([classOf(run.ks[id]), 'oom', 'timeout']).toContain(why);
    expect(run.action[why]).toBe('deadLetter');
  }
  for (const { id, k, prediction } of rows) {
    if (prediction === null) expect(mayBe(id as number, null)).toBe(true);
    else expect(prediction).toEqual({ tenfold: 10 * (k as number) });
    if (prediction !== null) expect(run.killers.has(id as number)).toBe(false);
  }
}

/** Returns whether the run was committed. */
async function simulate(seed: number): Promise<boolean> {
  const random = seeded(seed);
  const world = newWorld();
  const run = drawn(random);
  const { manifestUri, attempts } = await untilCommitted(world, run, random);
  if (manifestUri === undefined) {
    await Promise.all(attempts);
    expect(await world.keys('runs/r/_SUCCESS')).toEqual([]);
    expect(await world.keys('runs/r/_tasks/'), 'nothing came to its end').toEqual([]);
    return false;
  }
  const before = await outcome(world, manifestUri);
  checkRows(run, before);
  expect(manifestProblem(before.manifest)).toBeUndefined();
  expect(await verifyRun(world, before.manifest)).toBeUndefined();
  const tasks = await taskManifests(world);
  await Promise.all(attempts);
  // A partition that was split may still be committed by one that is late; nobody reads that.
  expect([...(await taskManifests(world))], 'none was replaced').toEqual(expect.arrayContaining([...tasks]));
  const stored = await readJson<InferenceManifest>(world.objects, manifestUri);
  expect(stored.value).toEqual(before.manifest);
  expect(await outcome(world, manifestUri), 'after the last attempt').toEqual(before);
  return true;
}

it('each row is predicted once, set aside once or left out, whatever fails, dies, is split or comes late', async () => {
  let committed = 0;
  // Another seed is another schedule, and no simpler one.
  const seeds = fc.noShrink(fc.integer());
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      committed += Number(await simulate(seed));
    }),
    { numRuns: RUNS },
  );
  expect(committed).toBeGreaterThan(RUNS / 2);
}, 600_000);
