/**
 * Runs the synthesized training workflow on an independent engine, with the functions played by the test. Each reads its
 * input as the real one does, so that the definition is held to what the states of the steps are.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import { expect, test } from 'vitest';
import {
  acquisition,
  awaiting,
  type Carried,
  type GangOutcome,
  lost,
  type TrainingState,
} from '#core/training/state.ts';
import { parseDeciding, parseEnding, parseRunTask, parseStart, parseState } from '#formats/training/parse-state.ts';
import { definition, type Machine, type State, synthesized } from './synthesized.ts';

/**
 * The engine looks for timeouts in the parameters, where Step Functions looks in the state's input: it goes without them,
 * and the errors that they lead to are played like any other.
 */
function withoutTimeouts(machine: Machine): Machine {
  const { TimeoutSecondsPath: _, HeartbeatSecondsPath: __, ...Run } = machine.States.Run as State & Timeouts;
  return { ...machine, States: { ...machine.States, Run } };
}

interface Timeouts {
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSecondsPath?: string;
}

const machine = withoutTimeouts(definition(synthesized(), 'Training'));

/** What each function reads of its input. */
const READS = {
  Validate: parseStart,
  Stage: (input: unknown) => parseState('stage', input),
  Admit: (input: unknown) => parseState('admit', input),
  Acquire: (input: unknown) => parseState('acquire', input),
  Run: parseRunTask,
  Decide: parseDeciding,
  Publish: (input: unknown) => parseState('publish', input),
  Release: (input: object) => parseEnding(input),
};
type Task = keyof typeof READS;
const TASKS = Object.keys(READS) as Task[];

/** `same`: what came in. */
type Step = TrainingState | GangOutcome | Error | 'same';
type Play = Partial<Record<Task, readonly Step[]>>;

const START = { runId: 'run-1', jobUri: 's3://data/job.json' };
const AT: Carried = { ...START, execution: { id: 'arn:e' }, queuedAt: 1_700_000_000, attempt: 0 };
const ADMIT: TrainingState = { ...AT, next: 'admit', waitS: 0 };
const RUN: TrainingState = awaiting(AT, 3600);
const PUBLISH: TrainingState = { ...AT, next: 'publish' };

/** A calm run: what each function answers, call by call; the last answer stays. */
const CALM: Play = {
  Validate: [{ ...AT, next: 'stage', waitS: 0 }],
  Stage: [ADMIT],
  Admit: [acquisition(AT)],
  Acquire: [RUN],
  Run: [{ phase: 'SUCCEEDED', attempt: 0 }],
  Decide: [PUBLISH],
  Publish: [{ ...AT, next: 'release', manifestUri: 's3://data/manifest.json' }],
  Release: ['same'],
};

async function run(changes: Play = {}, input: object = {}) {
  const play = { ...CALM, ...changes };
  const visits: Task[] = [];
  const answer = (task: Task, input: unknown): unknown => {
    READS[task](input as never);
    const steps = play[task] ?? [];
    const step = steps[Math.min(visits.filter((one) => one === task).length, steps.length - 1)];
    visits.push(task);
    if (step instanceof Error) throw step;
    return step === 'same' ? input : step;
  };
  const handlers = TASKS.map((task) => [
    task,
    async ({ Payload }: { Payload: unknown }) =>
      task === 'Run' ? answer('Run', Payload) : { Payload: answer(task, Payload) },
  ]);
  const execution = new StateMachine(machine as never).run(
    { ...START, ...input },
    {
      noThrowOnAbort: true,
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(handlers),
        retryIntervalOverrides: Object.fromEntries(TASKS.map((task) => [task, 1])),
        waitTimeOverrides: { Pause: 1 },
      },
      context: {
        ...{ Task: { Token: 'token' }, Execution: { Id: 'arn:e' } },
        State: { Name: 'Run', EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 0 },
      },
    },
  );
  const result = await execution.result.then(
    (output) => ({ output }),
    ({ cause }: { cause: Error }) => ({ error: cause.name, cause: cause.message }),
  );
  return { visits, result };
}

function coded(code: string): Error {
  const error = new Error(`this is ${code}`);
  error.name = code;
  return error;
}

test('a calm run visits every step once and releases before it succeeds', async () => {
  const { visits, result } = await run();
  expect(visits).toEqual(TASKS);
  expect(result).toMatchObject({ output: { manifestUri: 's3://data/manifest.json' } });
});

test('a run belongs to the execution itself, whatever its input says', async () => {
  const { result } = await run({}, { execution: { id: 'arn:somebody-else' } });
  expect(result).toMatchObject({ output: { execution: { id: 'arn:e' } } });
});

test('an attempt that is over leads to what Decide says, also again and again', async () => {
  const waiting: TrainingState = { ...AT, next: 'decide', waitS: 1 };
  const { visits } = await run({ Decide: [waiting, waiting, RUN, PUBLISH] });
  expect(visits.slice(4, 10)).toEqual(['Run', 'Decide', 'Decide', 'Decide', 'Run', 'Decide']);
});

test.each(['States.Timeout', 'States.HeartbeatTimeout'])(
  'a Run state that ends with %s leads to Decide',
  async (code) => {
    const failure = { code: 'LS_LIMIT_EXCEEDED', message: 'the run reached limits.maxDurationS (15 s)' };
    const { visits, result } = await run({
      Run: [coded(code)],
      Decide: [lost(AT, failure.code, failure.message)],
    });
    expect(visits.slice(4)).toEqual(['Run', 'Decide', 'Release']);
    expect(result).toEqual({ error: failure.code, cause: failure.message });
  },
);

test('a job without data is not staged', async () => {
  const { visits } = await run({ Validate: [ADMIT] });
  expect(visits).not.toContain('Stage');
});

test('a function that asks to wait is entered again after it, and the wish counts once', async () => {
  const { visits } = await run({
    Admit: [{ ...AT, next: 'admit', waitS: 5 }, { ...AT, next: 'admit', waitS: 5 }, acquisition(AT)],
  });
  expect(visits).toEqual([
    'Validate',
    'Stage',
    'Admit',
    'Admit',
    'Admit',
    'Acquire',
    'Run',
    'Decide',
    'Publish',
    'Release',
  ]);
});

test('a lost host leads back to Acquire, and the next attempt runs', async () => {
  const { visits } = await run({ Decide: [acquisition({ ...AT, attempt: 1 }), PUBLISH] });
  expect(visits).toEqual([
    ...['Validate', 'Stage', 'Admit', 'Acquire', 'Run', 'Decide'],
    ...['Acquire', 'Run', 'Decide', 'Publish', 'Release'],
  ]);
});

test.each(TASKS.filter((task) => task !== 'Release'))(
  'an error of %s releases, then fails with its code',
  async (task) => {
    const { visits, result } = await run({ [task]: [coded('LS_JOB_IMPOSSIBLE')] });
    expect(visits.at(-1)).toBe('Release');
    expect(visits.filter((one) => one === task)).toHaveLength(1);
    expect(result).toEqual({ error: 'LS_JOB_IMPOSSIBLE', cause: 'this is LS_JOB_IMPOSSIBLE' });
  },
);

test('a run that Decide gives up is released, then fails with what Decide found', async () => {
  const failure = { code: 'LS_TASK_FAILED', message: 'rank 3 exited with 1' };
  const { visits, result } = await run({ Decide: [lost(AT, failure.code, failure.message)] });
  expect(visits.slice(-2)).toEqual(['Decide', 'Release']);
  expect(result).toEqual({ error: 'LS_TASK_FAILED', cause: 'rank 3 exited with 1' });
});

test('what is transient is tried again', async () => {
  const { visits, result } = await run({
    Acquire: [coded('LS_UNAVAILABLE'), coded('LS_UNAVAILABLE'), RUN],
  });
  expect(visits.filter((task) => task === 'Acquire')).toHaveLength(3);
  expect(result).toHaveProperty('output');
});

test('hosts that cannot be confirmed as gone fail the run, after as many tries as are sensible', async () => {
  const { visits, result } = await run({ Release: [coded('LS_TEARDOWN_FAILED')] });
  expect(visits.filter((task) => task === 'Release')).toHaveLength(7);
  expect(result).toMatchObject({ error: 'LS_TEARDOWN_FAILED' });
});

test('a next that nobody knows fails the run instead of ending it as a success', async () => {
  const { result } = await run({ Admit: [{ ...ADMIT, next: 'nowhere' as never }] });
  expect(result).toHaveProperty('error');
});
