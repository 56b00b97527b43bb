import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, lockstep, processesAfter, stateFolder } from '../e2e/command.ts';
import { answerOf, fixture, hasPython } from './python.ts';

const home = stateFolder();
let cloud: Command;

const run = (name: string, options: object = {}, env: Readonly<Record<string, string>> = {}) =>
  fixture('functions', [name, JSON.stringify(options)], { NP: '2', LOCKSTEP_HOME: home.path, ...env });

/** A cloud that the runs share, which keeps what they commit. */
beforeAll(async () => {
  if (!hasPython) return;
  cloud = lockstep(home.path, ['local', 'up', '--port', '0']);
  await cloud.until(/up/i);
}, 120_000);
afterAll(async () => {
  cloud?.child.kill('SIGINT');
  await cloud?.ended;
  home.remove();
}, 60_000);

describe.skipIf(!hasPython)('lockstep.run in the local cloud', () => {
  test('returns what rank 0 returned, shows what the ranks print, and is there to be asked about', async () => {
    const current = run('compute', { args: [4], hosts: 2 });
    expect(await answerOf(current)).toEqual({ value: 100 });
    const { stderr } = await current.ended;
    expect(stderr).toContain('[0] here is 0');
    expect(stderr).toContain('[1] here is 1');
    const runId = /training run (\S+)/.exec(stderr)?.[1] ?? '';
    expect(runId).toMatch(/^compute-/);
    expect(await answerOf(fixture('asks', [runId], { LOCKSTEP_HOME: home.path }))).toEqual({
      states: ['succeeded'],
      lines: ['here is 0', 'here is 1'],
      ofRank1: ['here is 1'],
      report: 'report.html',
      absent: 'LS_RUN_NOT_FOUND',
      noReport: 'LS_RUN_NOT_FOUND',
    });
  }, 120_000);

  test('raises with the verdict, the rank at fault and its traceback, after the restarts that it may cost', async () => {
    const failure = await answerOf<Record<string, unknown>>(run('fail', { limits: { restarts: { user: 1 } } }));
    expect(failure).toMatchObject({ code: 'LS_TASK_FAILED', rank: 1, attempts: ['restarted', 'failed'] });
    expect(failure.message).toContain('ValueError: no such');
    expect(failure.traceback).toMatch(/^Traceback .*\n(.*\n)*.* in deeper\n.*\nValueError: no such\nluck$/);
  }, 120_000);

  test('interrupted, it cancels the run and leaves no process of it', async () => {
    const current = run('stays', { name: 'interrupted', limits: { graceS: 1 } });
    await current.until('[1] stays');
    current.child.kill('SIGINT');
    expect(await answerOf(current)).toEqual({ interrupted: true });
    expect(await processesAfter('interrupted-', 5_000)).toEqual([]);
  }, 120_000);

  test('says what to do where there is no command, no Node, or half of a deployment', async () => {
    expect(await answerOf(run('compute', {}, { LOCKSTEP_COMMAND: '/absent/lockstep' }))).toMatchObject({
      code: 'LS_USAGE',
      message: expect.stringContaining('/absent/lockstep could not be started'),
    });
    const bin = join(home.path, 'bin');
    mkdirSync(bin);
    symlinkSync(
      execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim(),
      join(bin, 'python3'),
    );
    expect(await answerOf(run('compute', {}, { PATH: bin }))).toMatchObject({
      code: 'LS_USAGE',
      message: expect.stringContaining('needs Node.js'),
      remedy: expect.stringContaining('Install Node 20 or newer'),
    });
    expect(await answerOf(run('compute', { stack: 'blue' }))).toMatchObject({ code: 'LS_USAGE' });
    expect(await answerOf(run('compute', { hosts: 3 }))).toMatchObject({ code: 'LS_USAGE' });
  });
});
