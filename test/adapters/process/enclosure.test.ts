import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCgroup } from '#adapters/process/cgroup.ts';
import { type Enclosure, openEnclosure } from '#adapters/process/enclosure.ts';
import { type Guardian, startGuardian } from '#adapters/process/guardian.ts';
import { readTable } from '#adapters/process/process-table.ts';

const probe = process.platform === 'linux' ? makeCgroup() : undefined;
probe?.remove();
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (probe === undefined) console.log('skipped: control groups, because this process may not make any');
if (!hasPython) console.log('skipped: two ways to escape, because there is no python3 on the PATH');

/** Ways out of a process group. Each writes the pid of the process that got out to `$1`. */
const DAEMON = 'setsid sh -c \'echo $$ > "$1"; exec sleep 300\' sh "$1" & sleep 300';
const CLEARED = 'setsid env -i /bin/sh -c \'echo $$ > "$1"; exec sleep 300\' sh "$1" & sleep 300';
/** What setproctitle does: the title is written over argv and environ, which lie side by side. */
const RENAMED = `
import ctypes, os, sys, time
if os.fork() == 0:
    os.setsid()
    with open('/proc/self/stat') as stat: fields = stat.read().rsplit(')', 1)[1].split()
    start, end = int(fields[47]), int(fields[48])
    ctypes.memset(start, 0, end - start)
    open(sys.argv[1], 'w').write(str(os.getpid()))
    time.sleep(300)
time.sleep(300)
`;
/** The system call "exit" ends one thread, here the main one, and leaves the process to the others. */
const HEADLESS = `
import ctypes, os, sys, threading, time
if os.fork() == 0:
    os.setsid()
    threading.Thread(target=lambda: time.sleep(300)).start()
    open(sys.argv[1], 'w').write(str(os.getpid()))
    ctypes.CDLL(None).syscall(60, 0)
time.sleep(300)
`;
/** Its parent is gone before anybody has looked, and its environment says nothing. */
const AT_ONCE = 'setsid env -i /bin/sh -c \'sleep 300 & echo $! > "$1"\' sh "$1"; exit 0';
('setsid env -i /bin/sh -c \'(echo $PPID > /dev/null; echo $$ > "$1"; exec sleep 300) &\' sh "$1"; exit 0');

const ESCAPES = [
  { name: 'in a session of its own', command: ['sh', '-c', DAEMON, 'sh'], python: false },
  { name: 'in a session of its own with a cleared environment', command: ['sh', '-c', CLEARED, 'sh'], python: false },
  { name: 'that overwrote its environment', command: ['python3', '-c', RENAMED], python: true },
  { name: 'whose main thread has ended', command: ['python3', '-c', HEADLESS], python: true },
].filter((one) => hasPython || !one.python);

let folder: string;
let guardian: Guardian;
let enclosure: Enclosure;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-enclosure-'));
  guardian = startGuardian();
});

afterEach(async () => {
  for (let i = 0; i < 100 && enclosure.living().length > 0; i++) {
    enclosure.kill();
    await sleep(20);
  }
  enclosure.close();
  await guardian.close();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 15_000) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}

/** Starts a program in the enclosure; resolves with the pid that it wrote. */
async function start(command: readonly string[], user: { uid?: number; gid?: number } = {}): Promise<number> {
  const file = join(folder, 'pid');
  const [program = '', ...args] = command;
  const env = { PATH: process.env.PATH, LOCKSTEP_ATTEMPT_ID: folder };
  const child = enclosure.enter(() =>
    spawn(program, [...args, file], { env, ...user, detached: true, stdio: 'ignore' }),
  );
  children.push(child);
  enclosure.hold(child.pid as number);
  await until('it wrote its pid', () => existsSync(file) && readFileSync(file, 'utf8').trim() !== '');
  return Number(readFileSync(file, 'utf8'));
}

const isAlive = (pid: number) => readTable().some((one) => one.pid === pid);
const marker = () => `LOCKSTEP_ATTEMPT_ID=${folder}`;

const KINDS = [
  { kind: 'a control group', makeGroup: makeCgroup, has: probe !== undefined },
  { kind: 'the table of processes', makeGroup: () => undefined, has: process.platform === 'linux' },
].filter((one) => one.has);

describe.each(KINDS)('an enclosure by $kind', ({ makeGroup }) => {
  beforeEach(() => {
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup });
  });

  test.each(ESCAPES)('holds a process $name', async ({ command }) => {
    const pid = await start(command);
    expect(enclosure.living().map((one) => one.pid)).toContain(pid);
    while (enclosure.living().length > 0) {
      enclosure.kill();
      await sleep(20);
    }
    expect(isAlive(pid)).toBe(false);
  });

  test('finds one with a cleared environment after its parent has ended', async () => {
    const pid = await start(['sh', '-c', CLEARED, 'sh']);
    await sleep(600);
    children.at(-1)?.kill('SIGKILL');
    await until('the task has ended', () => !isAlive(children.at(-1)?.pid as number));
    expect(enclosure.living().map((one) => one.pid)).toContain(pid);
  });

  test('leaves what it did not start alone', async () => {
    const other = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    try {
      await start(['sh', '-c', DAEMON, 'sh']);
      expect(enclosure.living().map((one) => one.pid)).not.toContain(other.pid);
      enclosure.kill();
      expect(isAlive(other.pid as number)).toBe(true);
    } finally {
      other.kill('SIGKILL');
    }
  });
});

describe.skipIf(probe === undefined)('a control group', () => {
  test('cannot be left by a process that loses its parent at once and has a cleared environment', async () => {
    enclosure = openEnclosure({ guardian, marker: marker() });
    const pid = await start(['sh', '-c', AT_ONCE, 'sh']);
    expect(enclosure.living().map((one) => one.pid)).toContain(pid);
  });

  test('is ended and removed by the guardian when its owner is gone', async () => {
    const group = makeCgroup();
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => group });
    const pid = await start(['sh', '-c', CLEARED, 'sh']);
    await guardian.close();
    await until('it is dead', () => !isAlive(pid));
    expect(existsSync(group?.path as string)).toBe(false);
    guardian = startGuardian();
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => undefined });
  });

  test('is not left behind, nor what a task made below it', async () => {
    const group = makeCgroup();
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => group });
    const path = group?.path as string;
    const inner = `mkdir ${path}/inner && echo $$ > ${path}/inner/cgroup.procs && echo $$ > "$1"; exec sleep 300`;
    const pid = await start(['sh', '-c', inner, 'sh']);
    expect(enclosure.living().map((one) => one.pid)).toContain(pid);
    enclosure.kill();
    await until('it is dead', () => enclosure.living().length === 0);
    enclosure.close();
    expect(existsSync(path)).toBe(false);
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => undefined });
  });
});

test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
  'a user of its own cannot be left either, where there is no control group',
  async () => {
    const uid = 3_000_000 + (process.pid % 1_000_000);
    chownSync(folder, uid, uid);
    enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => undefined, uid });
    const pid = await start(['sh', '-c', AT_ONCE, 'sh'], { uid, gid: uid });
    expect(enclosure.living().map((one) => one.pid)).toContain(pid);
  },
);

test('where no group may be made there is none', () => {
  enclosure = openEnclosure({ guardian, marker: marker(), makeGroup: () => undefined });
  writeFileSync(join(folder, 'file'), '');
  expect(makeCgroup(join(folder, 'file'))).toBeUndefined();
  expect(makeCgroup(folder)).toBeUndefined();
  expect(existsSync(join(folder, 'file'))).toBe(true);
});
