import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { processesAfter, stateFolder } from '../e2e/command.ts';
import { answerOf, fixture, hasPython } from './python.ts';

/** Runs a function of fixtures/functions.py on so many processes of this machine. */
const run = (name: string, options: object = {}, np = -3) =>
  fixture('functions', [name, JSON.stringify(options)], { NP: String(np), CUDA_VISIBLE_DEVICES: '3,4' });

interface Failure {
  readonly code: string;
  readonly rank: number | null;
  readonly message: string;
  readonly traceback: string | null;
  readonly attempts: readonly string[];
}

describe.skipIf(!hasPython)('lockstep.run on this machine', () => {
  test('gives every rank its place, by the socket and by the variables of the launchers', async () => {
    const { value } = await answerOf<{ value: unknown }>(run('place'));
    expect(value).toEqual(
      [0, 1, 2].map((rank) => [rank, 3, `${rank}`, `${rank}`, '3', '127.0.0.1', `${rank}`, '3,4', 3]),
    );
  });

  test('refuses packages, which it would not install into the Python that is here', async () => {
    expect(await answerOf(run('place', { packages: ['six'] }))).toMatchObject({ code: 'LS_USAGE' });
  });

  test('hides the accelerators from tasks that asked for none', async () => {
    const { value } = await answerOf<{ value: string[][] }>(run('place', { gpu: 0 }));
    expect(value.map((place) => place[7])).toEqual(['', '', '']);
  });

  test('returns what rank 0 returned, of code that uses a class, a global and a module beside it', async () => {
    const current = run('compute', { args: [4] });
    expect(await answerOf(current)).toEqual({ value: 140 });
    const { stderr } = await current.ended;
    expect(
      stderr
        .split('\n')
        .filter((line) => line.includes('here is'))
        .sort(),
    ).toEqual([0, 1, 2].map((rank) => `[${rank}] here is ${rank}`));
    expect(await answerOf(run('compute', { args: { base: 4, factor: 3 } }))).toEqual({ value: 420 });
  });

  test('raises with the rank at fault, its exception and its traceback', async () => {
    const failure = await answerOf<Failure>(run('fail'));
    expect(failure).toMatchObject({ code: 'LS_TASK_FAILED', rank: 1, attempts: ['failed'] });
    expect(failure.message).toBe('rank 1 ended with 1: ValueError: no such');
    expect(failure.traceback).toMatch(/^Traceback .*\n(.*\n)*.* in deeper\n.*\nValueError: no such\nluck$/);
    expect(failure.traceback).not.toContain('lockstep/worker.py');
  });

  test('tells a killed task from those that waited for it', async () => {
    expect(await answerOf(run('killed'))).toMatchObject({ rank: 1, message: 'rank 1 was killed by signal 9' });
  });

  test('names the rank that left, the calls that differ, and the rank that never came', async () => {
    const [left, mixed, late] = await Promise.all(
      ['leaves', 'mixed', 'late'].map((name) => answerOf<Failure>(run(name))),
    );
    expect(left).toMatchObject({ code: 'LS_BARRIER_MISMATCH', rank: 1 });
    expect(left?.message).toMatch(/called barrier at functions.py:\d+, but rank 1 ended without it/);
    expect(mixed).toMatchObject({ code: 'LS_BARRIER_MISMATCH', rank: null });
    expect(mixed?.message).toMatch(
      /called barrier at functions.py:\d+.* called allGather at functions.py:\d+|called allGather .* called barrier/,
    );
    expect(late).toMatchObject({ code: 'LS_BARRIER_TIMEOUT', rank: 1 });
    expect(late?.message).toContain('waiting for rank 1');
  });

  test('restarts all ranks from the last checkpoint, a folder of it included', async () => {
    const options = { limits: { restarts: { user: 1 } } };
    const value = [1, 7, ['note', 'state/deep/w.bin'], [0, 1], 'kept'];
    expect(await answerOf(run('restarted', options))).toEqual({ value });
    expect(await answerOf(run('restarted'))).toMatchObject({ code: 'LS_TASK_FAILED' });
  });

  test('saves what all ranks have as one checkpoint', async () => {
    const value = [3, { 'shards/0': '0', 'shards/1': '1', 'shards/2': '2' }];
    expect(await answerOf(run('together', { limits: { restarts: { user: 1 } } }))).toEqual({ value });
  });

  test('goes on whatever the metrics are, and says which are not shown', async () => {
    const current = run('odd_metrics', {}, -1);
    expect(await answerOf(current)).toEqual({ value: 'went on' });
    const { stderr } = await current.ended;
    expect(stderr).toContain("the metric 'name' is not shown: no number");
    expect(stderr).toContain('step 1 of 2, loss nan, rate 0.5');
  });

  test('refuses what cannot be run or returned by name', async () => {
    expect(await answerOf(run('compute', { args: [1] }, 0))).toMatchObject({ code: 'LS_USAGE' });
    expect(await answerOf(run('compute', { files: ['absent.csv'] }))).toMatchObject({ code: 'LS_JOB_COMMAND_MISSING' });
    const failure = await answerOf<Failure>(run('unpicklable', {}, -1));
    expect(failure.message).toContain('the return value of the function cannot be sent to another process');
  });

  test.each([
    ['interrupted', 'SIGINT'],
    ['killed', 'SIGKILL'],
  ] as const)('%s, it leaves no process and no file behind', async (_, signal) => {
    const home = stateFolder();
    const env = { NP: '-2', TMPDIR: home.path };
    const current = fixture('functions', ['stays', JSON.stringify({ limits: { graceS: 2 } })], env);
    await current.until('[1] stays');
    await delay(100);
    current.child.kill(signal);
    const { stdout } = await current.ended;
    if (signal === 'SIGINT') expect(JSON.parse(stdout)).toEqual({ interrupted: true });
    expect(await processesAfter(home.path, 10_000)).toEqual([]);
    expect(readdirSync(home.path)).toEqual([]);
    home.remove();
  });
});
