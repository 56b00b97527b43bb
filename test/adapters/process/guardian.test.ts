import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startGuardian } from '#adapters/process/guardian.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim());
};

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!isAlive(pid)) return true;
    await sleep(50);
  }
  return false;
}

function guardiansOf(owner: number): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const own = lines.map((line) => line.trim().split(/\s+/)).filter(([, parent]) => Number(parent) === owner);
  return own.filter((words) => words.at(-1) === 'lockstep-guardian').map(([pid]) => Number(pid));
}

const leftOver: number[] = [];
afterEach(() => {
  for (const pid of leftOver.splice(0)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {}
  }
});

async function startOwner() {
  const owner = spawn(process.execPath, [fileURLToPath(new URL('./guarded-owner.ts', import.meta.url))], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const { watched, unwatched } = JSON.parse(String(line));
  leftOver.push(owner.pid as number, unwatched.leader, watched.leader);
  return { pid: owner.pid as number, watched, unwatched };
}

describe('the guardian', () => {
  it('kills every watched group, grandchildren too, after SIGKILL of the whole group of its owner', async () => {
    const { pid, watched, unwatched } = await startOwner();
    expect(isAlive(watched.leader) && isAlive(watched.child)).toBe(true);

    process.kill(-pid, 'SIGKILL');

    expect(await gone(watched.leader)).toBe(true);
    expect(await gone(watched.child)).toBe(true);
    expect(isAlive(unwatched.child)).toBe(true);
  });

  it('replaces its own shell if that is killed, and goes on watching', async () => {
    const { pid, watched } = await startOwner();
    const [first] = guardiansOf(pid);
    process.kill(first as number, 'SIGKILL');
    for (let i = 0; i < 100 && [undefined, first].includes(guardiansOf(pid)[0]); i++) await sleep(20);

    process.kill(-pid, 'SIGKILL');

    expect(await gone(watched.child)).toBe(true);
  });

  it('kills what is still watched when it is closed, and may be closed twice', async () => {
    const guardian = startGuardian();
    const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    leftOver.push(child.pid as number);
    const exit = once(child, 'exit');
    guardian.watch(child.pid as number);

    await guardian.close();
    await guardian.close();

    expect((await exit)[1]).toBe('SIGKILL');
  });

  it('refuses ids whose kill would reach everybody', async () => {
    const guardian = startGuardian();
    expect(() => guardian.watch(0)).toThrow('0 is a process group');
    expect(() => guardian.watch(1)).toThrow('1 is a process group');
    await guardian.close();
  });
});
