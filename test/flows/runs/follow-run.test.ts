import { expect, it } from 'vitest';
import { followInference } from '#flows/runs/follow-inference.ts';
import { followTraining } from '#flows/runs/follow-training.ts';
import type { RunEvent } from '#flows/runs/run-event.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { runsWorld } from './runs-world.ts';

const { signal } = new AbortController();
/** Pause between polls, as short as that of a run that is young. */
const YOUNG_MS = 20;

/** The events as short words. */
const words = (events: readonly RunEvent[]) =>
  events.map((event) => {
    if (event.kind === 'phase') return `${event.before ?? 'first'} → ${event.phase} at ${event.from}`;
    if (event.kind === 'progress') return `step ${event.progress.step}`;
    if (event.kind === 'log') return event.lines.join();
    if (event.kind === 'partitions') return `${event.done} of ${event.of}`;
    return `attempt ${event.attempt} ${event.phase}${event.why === undefined ? '' : `: ${event.why}`}`;
  });

it('tells of phases with how they ended, of attempts and of progress, each once and in order', async () => {
  const { ports, script, gang } = runsWorld();
  const executionId = await ports.workflows.start('training', 'a', {});
  const { workflows, progress, control } = ports;
  script.push(() => workflows.enter(executionId, 'Acquire'));
  script.push(async () => {
    await gang('a');
    workflows.enter(executionId, 'Run');
    await progress.put('a', { attempt: 0, step: 1, of: 9, metrics: {} });
  });
  script.push(() => {});
  script.push(async () => {
    const cause = { kind: 'host-lost', instanceId: 'i-1', why: 'silent', evidence: 'silence' } as const;
    const where = { attempt: 0, phaseIn: ['RUNNING'] } as const;
    await control.write({ runId: 'a', where, set: { phase: 'STOPPING', cause }, clear: [], opId: 'stop' });
    workflows.enter(executionId, 'Acquire');
  });
  script.push(() => workflows.end(executionId, { failure: { code: 'LS_HOST_LOST', message: 'gone' } }));
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => void events.push(event);
  const trace = await followTraining({ ...ports, pollMs: YOUNG_MS }, { runId: 'a', executionId, signal, onEvent });
  expect(words(events)).toEqual([
    `first → acquire at ${YOUNG_MS}`,
    `done → train at ${2 * YOUNG_MS}`,
    'attempt 0 RUNNING',
    'step 1',
    `failed → acquire at ${4 * YOUNG_MS}`,
    expect.stringMatching(/^attempt 0 STOPPING: .*i-1/),
  ]);
  expect(trace).toMatchObject({
    execution: { status: 'failed' },
    progress: [{ step: 1 }],
    control: { phase: 'STOPPING' },
  });
  expect(trace.visits.map(({ state }) => state)).toEqual(['Acquire', 'Run', 'Acquire']);
});

it('counts partitions as they finish', async () => {
  const { ports, script } = runsWorld();
  const executionId = await ports.workflows.start('inference', 'a', {});
  const { workflows, objects } = ports;
  const done = (partition: number) =>
    objects.put(`s3://data/runs/a/_tasks/00000${partition}.json`, jsonBytes({})).then(() => undefined);
  workflows.enter(executionId, 'Plan');
  script.push(async () => {
    await objects.put('s3://data/runs/a/plan.json', jsonBytes({ partitions: [{}, {}] }));
    workflows.enter(executionId, 'Partitions');
  });
  script.push(
    () => done(0),
    () => done(1),
  );
  script.push(() => workflows.end(executionId, { output: {} }));
  const events: RunEvent[] = [];
  await followInference(
    { ...ports, pollMs: YOUNG_MS },
    { runId: 'a', executionId, signal, onEvent: (event) => void events.push(event) },
  );
  expect(words(events).slice(2)).toEqual(['0 of 2', '1 of 2', '2 of 2']);
});

it('rejects with the reason of its signal and leaves the run to go on', async () => {
  const { ports, script } = runsWorld();
  const executionId = await ports.workflows.start('training', 'a', {});
  const pressed = new AbortController();
  script.push(() => pressed.abort(new Error('enough')));
  const following = followTraining(ports, { runId: 'a', executionId, signal: pressed.signal, onEvent: () => {} });
  await expect(following).rejects.toThrow('enough');
  expect(await ports.workflows.describe(executionId)).toMatchObject({ status: 'running' });
});

it('is LS_RUN_NOT_FOUND where there is no execution', async () => {
  const { ports } = runsWorld();
  const following = followTraining(ports, { runId: 'a', executionId: 'none', signal, onEvent: () => {} });
  await expect(following).rejects.toThrow(expect.objectContaining({ code: 'LS_RUN_NOT_FOUND' }));
});

it('asks often for the end of a run that is young, and never less often than the poll says', async () => {
  const { ports, script } = runsWorld();
  const executionId = await ports.workflows.start('inference', 'a', {});
  const looked: number[] = [];
  for (let i = 0; i < 200; i++) script.push(() => void looked.push(ports.clock.monotonicMs()));
  script.push(() => ports.workflows.end(executionId, { output: {} }));
  const visited: number[] = [];
  const workflows: typeof ports.workflows = {
    ...ports.workflows,
    visits(id) {
      visited.push(ports.clock.monotonicMs());
      return ports.workflows.visits(id);
    },
  };
  await followInference({ ...ports, workflows, pollMs: 250 }, { runId: 'a', executionId, signal, onEvent: () => {} });
  const pauses = looked.map((at, i) => at - (looked[i - 1] ?? 0));
  expect(pauses.slice(0, 10)).toEqual(Array(10).fill(20));
  expect(Math.max(...pauses)).toBe(250);
  expect(pauses.at(-1)).toBe(250);
  const between = visited.slice(1, -1).map((at, i) => at - (visited[i] ?? 0));
  expect(Math.min(...between)).toBeGreaterThanOrEqual(250);
  expect(Math.max(...between)).toBeLessThan(500);
  for (const [i, at] of looked.entries()) if (at > 500) expect((pauses[i] ?? 0) / at).toBeLessThanOrEqual(0.05);
});
