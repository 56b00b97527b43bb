/** Runs the synthesized training workflow on an independent engine, with the functions played by the test. */
import { StateMachine } from 'aws-local-stepfunctions';
import { expect, test } from 'vitest';
import type { TrainingState } from '#core/training/state.ts';
import { definition, synthesized } from './synthesized.ts';

const machine = definition(synthesized(), 'Training');
const TASKS = ['Validate', 'Stage', 'Admit', 'Acquire', 'Run', 'Decide', 'Publish', 'Release'] as const;
type Task = (typeof TASKS)[number];

type Step = Partial<TrainingState> | Error;
type Play = Partial<Record<Task, readonly Step[]>>;

/** A calm run: what each function answers, call by call; the last answer stays. */
const CALM: Play = {
  Validate: [{ next: 'stage', attempt: 0 }],
  Stage: [{ next: 'admit' }],
  Admit: [{ next: 'acquire' }],
  Acquire: [{ next: 'run' }],
  Run: [{ outcome: { phase: 'SUCCEEDED', attempt: 0 } }],
  Decide: [{ next: 'publish' }],
  Publish: [{ next: 'release', manifestUri: 's3://data/manifest.json' }],
  Release: [{}],
};

async function run(changes: Play = {}, input: object = {}) {
  const play = { ...CALM, ...changes };
  const visits: Task[] = [];
  const answer = (task: Task, state: TrainingState): TrainingState => {
    const steps = play[task] ?? [];
    const step = steps[Math.min(visits.filter((one) => one === task).length, steps.length - 1)];
    visits.push(task);
    if (step instanceof Error) throw step;
    return { ...state, ...step };
  };
  const handlers = TASKS.map((task) => [
    task,
    async ({ Payload }: { Payload: TrainingState & { state?: TrainingState } }) =>
      task === 'Run' ? answer('Run', Payload.state as TrainingState).outcome : { Payload: answer(task, Payload) },
  ]);
  const execution = new StateMachine(machine as never).run(
    { runId: 'run-1', jobUri: 's3://data/job.json', ...input },
    {
      noThrowOnAbort: true,
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(handlers),
        retryIntervalOverrides: Object.fromEntries(TASKS.map((task) => [task, 1])),
        waitTimeOverrides: { Pause: 1 },
      },
      context: { Task: { Token: 'token' }, Execution: { Id: 'arn:e' } },
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

test('a job without data is not staged', async () => {
  const { visits } = await run({ Validate: [{ next: 'admit' }] });
  expect(visits).not.toContain('Stage');
});

test('a function that asks to wait is entered again after it, and the wish counts once', async () => {
  const { visits } = await run({
    Admit: [{ next: 'admit', waitS: 5 }, { next: 'admit', waitS: 5 }, { next: 'acquire' }],
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
  const { visits } = await run({ Decide: [{ next: 'acquire', attempt: 1 }, { next: 'publish' }] });
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
  const { visits, result } = await run({ Decide: [{ next: 'release', failure }] });
  expect(visits.slice(-2)).toEqual(['Decide', 'Release']);
  expect(result).toEqual({ error: 'LS_TASK_FAILED', cause: 'rank 3 exited with 1' });
});

test('what is transient is tried again', async () => {
  const { visits, result } = await run({
    Acquire: [coded('LS_UNAVAILABLE'), coded('LS_UNAVAILABLE'), { next: 'run' }],
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
  const { result } = await run({ Admit: [{ next: 'nowhere' as never }] });
  expect(result).toHaveProperty('error');
});
