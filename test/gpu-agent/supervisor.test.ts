import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Guardian, startGuardian } from '#adapters/process/guardian.ts';
import { findProcesses } from '#adapters/process/process-table.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { TaskExit } from '#core/gang/records.ts';
import { createSupervisor, type Supervisor } from '../../gpu-agent/supervisor/supervisor.ts';
import type { TaskLog } from '../../gpu-agent/supervisor/task-log.ts';
import type { TaskLaunch } from '../../gpu-agent/supervisor/task-process.ts';

let folder: string;
let guardian: Guardian;
let supervisor: Supervisor;
let exits: Map<number, TaskExit>;
let marker: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-supervisor-'));
  guardian = startGuardian();
  exits = new Map();
  marker = `LOCKSTEP_ATTEMPT_ID=${folder}/0/i-0`;
  supervisor = createSupervisor({
    guardian,
    clock: systemClock,
    log: jsonLog(() => {}),
    onExit: (rank, exit) => exits.set(rank, exit),
  });
});

afterEach(async () => {
  await supervisor.stop(0);
  await guardian.close();
  rmSync(folder, { recursive: true, force: true });
});

function launch(rank: number, ...command: readonly string[]): TaskLaunch {
  const errorFile = join(folder, `${rank}.error.json`);
  const env = { PATH: process.env.PATH ?? '', LOCKSTEP_ERROR_FILE: errorFile, LOCKSTEP_ATTEMPT_ID: marker.slice(20) };
  return { rank, command, cwd: folder, env, logPath: join(folder, `${rank}.log`), errorFile };
}

const shell = (rank: number, script: string) => launch(rank, '/bin/sh', '-c', script);

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 15_000) throw new Error(`waited in vain until ${what}`);
    await delay(20);
  }
}

const living = () => findProcesses(new Set(), marker);
const logOf = (rank: number) => readFileSync(join(folder, `${rank}.log`), 'utf8');

describe('a task that ends by itself', () => {
  test('with 0 reports 0 and its output is in its log, both streams in one file', async () => {
    supervisor.start([shell(0, 'echo out; echo err >&2')], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: 0, signal: null, stopped: false });
    expect(logOf(0).split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('with an error reports its code and the last lines of its standard error', async () => {
    supervisor.start([shell(3, 'for i in $(seq 40); do echo line $i >&2; done; exit 7')], marker);
    await until('rank 3 ended', () => exits.has(3));
    expect(exits.get(3)).toMatchObject({ code: 7, stopped: false });
    expect(exits.get(3)?.message?.split('\n')).toEqual(Array.from({ length: 12 }, (_, i) => `line ${i + 29}`));
  });

  test('is quoted from its error file rather than from its standard error', async () => {
    const report = '{"message":{"message":"ValueError: no such column","extraInfo":{}}}';
    supervisor.start([shell(0, `echo noise >&2; echo '${report}' > "$LOCKSTEP_ERROR_FILE"; exit 1`)], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toEqual({ code: 1, signal: null, stopped: false, message: 'ValueError: no such column' });
  });

  test('by a signal reports the signal', async () => {
    supervisor.start([shell(0, 'kill -9 $$')], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: null, signal: 'SIGKILL', stopped: false });
  });

  test('is reported although a grandchild holds its output open, which is found and ended by stop', async () => {
    supervisor.start([shell(0, 'sleep 300 & echo started')], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: 0 });
    expect(living()).toHaveLength(1);
    await supervisor.stop(5_000);
    expect(living()).toEqual([]);
  });
});

describe('a command that cannot be started', () => {
  test('for its environment is too long for the system ends with 126, and the others are started', async () => {
    const env = { ...process.env, LONG: 'x'.repeat(8 * 2 ** 20) } as Record<string, string>;
    supervisor.start([{ ...launch(0, 'true'), env }, shell(1, 'exit 4')], marker);
    await until('both ranks ended', () => exits.size === 2);
    expect(exits.get(0)).toMatchObject({
      code: 126,
      message: expect.stringMatching(/"true" could not be started.*E2BIG/),
    });
    expect(exits.get(1)).toMatchObject({ code: 4 });
  });

  test('ends with 127 and names the command', async () => {
    supervisor.start([launch(0, 'no-such-program', '--flag')], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: 127, signal: null, stopped: false });
    expect(exits.get(0)?.message).toContain('"no-such-program" was not found');
    await supervisor.stop(0);
  });

  test('ends with 126 where the file may not be run', async () => {
    supervisor.start([launch(0, '/etc/passwd')], marker);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: 126 });
    expect(exits.get(0)?.message).toContain('could not be started');
  });
});

describe('stop', () => {
  test('lets a task end in its own way within the grace time, and marks it as stopped', async () => {
    supervisor.start([shell(0, 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.05; done')], marker);
    await until('the trap is set', () => logOf(0).includes('ready'));
    await supervisor.stop(10_000);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: 3, stopped: true });
    expect(logOf(0)).toContain('bye');
  });

  test('kills a task that ignores SIGTERM, after the grace time', async () => {
    supervisor.start([shell(0, 'trap "" TERM; echo ready; while :; do sleep 0.05; done')], marker);
    await until('the trap is set', () => logOf(0).includes('ready'));
    const started = performance.now();
    await supervisor.stop(300);
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
    await until('rank 0 ended', () => exits.has(0));
    expect(exits.get(0)).toMatchObject({ code: null, signal: 'SIGKILL', stopped: true });
    expect(living()).toEqual([]);
  });

  test('finds a grandchild that left the process group and ignores SIGTERM', async () => {
    supervisor.start([shell(0, `setsid sh -c 'trap "" TERM; echo ready; sleep 300' & sleep 300`)], marker);
    await until('the grandchild runs', () => logOf(0).includes('ready'));
    expect(new Set(living().map((one) => one.pgid)).size).toBe(2);
    await supervisor.stop(200);
    expect(living()).toEqual([]);
  });

  test('does not touch processes of another attempt', async () => {
    const other = createSupervisor({
      guardian,
      clock: systemClock,
      log: jsonLog(() => {}),
      onExit: () => {},
    });
    const otherMarker = marker.replace('/0/', '/1/');
    const mine = shell(0, 'exec sleep 300');
    other.start([{ ...mine, env: { ...mine.env, LOCKSTEP_ATTEMPT_ID: otherMarker.slice(20) } }], otherMarker);
    supervisor.start([shell(1, 'exec sleep 300')], marker);
    await supervisor.stop(5_000);
    expect(living()).toEqual([]);
    expect(findProcesses(new Set(), otherMarker)).toHaveLength(1);
    await other.stop(0);
    expect(findProcesses(new Set(), otherMarker)).toEqual([]);
  });
});

test('a flood of output is bounded, and the reason at its end is not lost', async () => {
  const flood = 'head -c 20000000 /dev/zero | tr "\\0" x; echo; echo "Traceback: real reason" >&2; exit 4';
  supervisor.start([shell(0, flood)], marker);
  await until('rank 0 ended', () => exits.has(0));
  expect(exits.get(0)).toMatchObject({ code: 4, message: 'Traceback: real reason' });
  const log = supervisor.logs()[0]?.log as TaskLog;
  expect(log.head().length + log.end().length).toBeLessThan(5 * 2 ** 20);
  expect(log.end().toString('utf8')).toMatch(/bytes are left out[\s\S]*Traceback: real reason\n$/);
});

test('a disk that is full ends no agent: the task runs on, and its last words are known', async () => {
  const full = {
    ...shell(0, 'echo epoch 1; sleep 0.2; echo epoch 2; echo "Error: the reason" >&2; exit 3'),
    logPath: '/dev/full',
  };
  supervisor.start([full], marker);
  await until('rank 0 ended', () => exits.has(0));
  expect(exits.get(0)).toMatchObject({ code: 3, message: 'Error: the reason' });
  expect(supervisor.logs()[0]?.log.end().toString('utf8')).toContain('epoch 2\n');
});
