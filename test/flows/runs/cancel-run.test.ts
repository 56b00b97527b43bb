import { expect, it } from 'vitest';
import type { TaskExit } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { cancelRun } from '#flows/runs/cancel-run.ts';
import { startTraining } from '#flows/runs/start-run.ts';
import { runsWorld } from './runs-world.ts';

const BY = { by: 'me' };
const CANCELLED = { failure: { code: 'LS_CANCELLED', message: 'cancelled by me' } };
const ENDED: TaskExit = { code: 0, signal: null, stopped: true };
const KILLED: TaskExit = { code: null, signal: 'SIGKILL', stopped: true };

/** A training run with a gang in this phase and this many seconds of grace. */
async function training(phase: 'QUEUED' | 'RUNNING' | 'STOPPING', graceS: number) {
  const world = runsWorld();
  const { ports } = world;
  const job = { name: 'a', limits: { graceS } } as never;
  const { executionId } = await startTraining(ports, { runId: 'a', job, code: undefined });
  ports.workflows.enter(executionId, 'Run');
  await world.gang('a', { phase });
  const release = async (to: 'CANCELLED' | 'FAILED' = 'CANCELLED') => {
    const stopping = await ports.control.read('a');
    if (stopping !== undefined) await ports.control.write(transition.close(stopping, `end-${to}`, to));
    await ports.leases.release('a', ['i-1'], { atMs: world.now() });
  };
  return { ...world, executionId, release };
}

it('gives tasks their whole grace and lets the workflow end by itself', async () => {
  const { ports, script, host, executionId, release, now } = await training('RUNNING', 30);
  await host('a', { 0: ENDED, 1: KILLED });
  // The tasks take 25 of their 30 seconds.
  for (let polls = 0; polls < 250; polls++) script.push(() => {});
  script.push(() => release());
  script.push(() => ports.workflows.end(executionId, CANCELLED));
  const asked: number[] = [];
  const done = await cancelRun(ports, 'a', { ...BY, onGrace: (graceS) => asked.push(graceS) });
  expect(done).toEqual({ left: [], tasks: { graceS: 30, ended: 1, killed: [1] } });
  expect(asked).toEqual([30]);
  expect(now()).toBe(25_200);
  expect(await ports.control.read('a')).toMatchObject({ phase: 'CANCELLED', cause: { kind: 'cancelled', by: 'me' } });
  expect(await ports.workflows.describe(executionId)).toMatchObject({ status: 'failed' });
});

it('stops the execution of tasks that outlast their grace, and names the hosts that are not released', async () => {
  const { ports, host, executionId, now } = await training('RUNNING', 5);
  await host('a', {});
  expect(await cancelRun(ports, 'a', BY)).toMatchObject({ left: ['i-1'] });
  expect(now()).toBeGreaterThan(5_000);
  expect(await ports.workflows.describe(executionId)).toMatchObject({ status: 'cancelled' });
});

it('stops the execution at once where no task runs yet, and waits until the gang is over', async () => {
  const { ports, script, executionId, release, now } = await training('QUEUED', 600);
  script.push(() => release());
  expect(await cancelRun(ports, 'a', BY)).toEqual({ left: [] });
  expect(now()).toBe(100);
  expect(await ports.workflows.describe(executionId)).toMatchObject({ status: 'cancelled' });
  expect(await ports.control.read('a')).toMatchObject({ phase: 'CANCELLED' });
});

it('stops the attempt that would follow one that was ending for another reason', async () => {
  const { ports, script, executionId } = await training('STOPPING', 5);
  const raised = { runId: 'a', where: { attempt: 0, phaseIn: ['STOPPING'] }, clear: ['cause'], opId: 'raise' } as const;
  script.push(async () => {
    await ports.control.write({ ...raised, set: { phase: 'RUNNING', attempt: 1 } });
  });
  script.push(() => ports.workflows.end(executionId, CANCELLED));
  await cancelRun(ports, 'a', BY);
  expect(await ports.control.read('a')).toMatchObject({ attempt: 1, phase: 'STOPPING', cause: { kind: 'cancelled' } });
});

it('leaves a run alone that has ended, and says how', async () => {
  const { ports, executionId } = await training('RUNNING', 5);
  ports.workflows.end(executionId, CANCELLED);
  expect(await cancelRun(ports, 'a', BY)).toBe('cancelled');
  expect(await ports.control.read('a')).toMatchObject({ phase: 'RUNNING' });
});

it('stops an inference run, and knows nothing of a run that is not there', async () => {
  const { ports } = runsWorld();
  const id = await ports.workflows.start('inference', 'b', {});
  expect(await cancelRun(ports, 'b', BY)).toEqual({ left: [] });
  expect(await ports.workflows.describe(id)).toMatchObject({ status: 'cancelled' });
  expect(await cancelRun(ports, 'c', BY)).toBeUndefined();
});
