import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Command, killGroup, lockstep, processesAfter, processesOf, stateFolder } from '../command.ts';
import { copyExample } from '../example.ts';

const PIPELINE = ['pipeline', 'examples/digits/pipeline.yaml', '--json'];
const TRAIN = ['train', 'examples/digits/train.yaml', '--json'];
/** Of the digits example, whatever happens to its machines. */
const ACCURACY = 0.954;

const homes: ReturnType<typeof stateFolder>[] = [];
const newHome = () => {
  const home = stateFolder();
  homes.push(home);
  return home.path;
};
afterEach(() => {
  for (const home of homes.splice(0)) home.remove();
});

describe('SIGKILL of the command alone', () => {
  it.each([
    ['start', 600],
    ['acquire', 200],
    ['train', 1_500],
  ])('in phase %s leaves no process, and what it leaves on the disk goes with the next command', async (phase, ms) => {
    const home = newHome();
    const command = lockstep(home, TRAIN);
    await command.until(`${phase}: started`);
    await delay(ms);
    command.child.kill('SIGKILL');
    expect((await command.ended).signal).toBe('SIGKILL');
    expect(await processesAfter(home, 15_000)).toEqual([]);
    const next = await lockstep(home, ['status', '--json']).ended;
    expect(next.code, next.stderr).toBe(0);
    expect(readdirSync(join(home, 'clouds'))).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it.each([
    ['start', 500],
    ['acquire', 100],
  ])('in phase %s ends with 130, one JSON object and nothing left', async (phase, ms) => {
    const home = newHome();
    const command = lockstep(home, TRAIN);
    await command.until(`${phase}: started`);
    await delay(ms);
    killGroup(command, 'SIGINT');
    const { code, stdout, summary, stderr } = await command.ended;
    expect(summary, stderr).toMatchObject({ ok: false, code: 'LS_CANCELLED' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(130);
    expect(await processesAfter(home, 2_000)).toEqual([]);
    expect(readdirSync(join(home, 'clouds'))).toEqual([]);
  });
});

describe('SIGKILL of parts of the cloud', () => {
  it('of both hosts at once costs an attempt and no accuracy', async () => {
    const home = newHome();
    const command = lockstep(home, PIPELINE);
    await command.until(/train: \d+ %/);
    const agents = withCommandLine(home, /agent\.mjs/);
    expect(agents).toHaveLength(2);
    for (const pid of agents) process.kill(pid, 'SIGKILL');
    const { summary, code } = await endOf(command, home);
    expect(summary).toMatchObject({ accuracy: ACCURACY, attempts: 2, hostsAcquired: 4, hostsReleased: 4 });
    expect(code).toBe(0);
  });

  it('of every guardian, and of a function that predicts, costs nothing', async () => {
    const home = newHome();
    const command = lockstep(home, PIPELINE);
    await command.until('train: started');
    const guardians = withCommandLine(home, /lockstep-guardian/);
    expect(guardians.length).toBeGreaterThan(0);
    for (const pid of guardians) process.kill(pid, 'SIGKILL');
    await command.until('infer: started');
    await expect.poll(() => predicting(home).length, { timeout: 10_000, interval: 20 }).toBeGreaterThan(0);
    for (const pid of predicting(home)) process.kill(pid, 'SIGKILL');
    const { summary, code } = await endOf(command, home);
    expect(summary).toMatchObject({ accuracy: ACCURACY, rowsPredicted: 10_000, attempts: 1 });
    expect(code).toBe(0);
  });
});

it('a copy of the example with an odd name runs from another working directory', async () => {
  const home = newHome();
  const example = copyExample('it\'s "my" dïgits %20#?$HOME & 数字');
  example.edit('train.yaml', 'hosts: 2', 'hosts: 1');
  const odd = join(home, `${"it's ünder\t".repeat(12)} a long path`);
  const command = lockstep(odd, ['train', example.path('train.yaml'), '--json'], '/');
  const { summary, stderr, code } = await command.ended;
  example.remove();
  expect(summary, stderr).toMatchObject({ ok: true, hostsAcquired: 1, hostsReleased: 1 });
  expect(summary?.report.startsWith(odd)).toBe(true);
  expect(code).toBe(0);
});

async function endOf(command: Command, home: string) {
  const ended = await command.ended;
  expect(ended.summary, ended.stderr).toMatchObject({ ok: true });
  expect(await processesAfter(home, 5_000)).toEqual([]);
  return ended;
}

const withCommandLine = (home: string, pattern: RegExp): readonly number[] =>
  processesOf(home).filter((pid) => pattern.test(read(pid, 'cmdline')));

/** Processes of the function that runs the model. */
const predicting = (home: string): readonly number[] =>
  processesOf(home).filter((pid) => /AWS_LAMBDA_FUNCTION_NAME=[^\0]*Infer/.test(read(pid, 'environ')));

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended while we looked
  }
}
