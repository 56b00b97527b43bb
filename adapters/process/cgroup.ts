import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '#core/errors.ts';
import { signalProcess } from './signal.ts';

/** A control group of the kernel (version 2) below this process's own: no process that is born in it can leave it. */
export interface Cgroup {
  readonly path: string;
  /** Runs `spawn`, whose children begin their lives within the group. `spawn` must not wait for anything. */
  enter<T>(spawn: () => T): T;
  /** Processes in the group and in groups below it, also such as have only threads left beside the main one. */
  pids(): readonly number[];
  /** The kernel's own word: true as long as any thread of any process is alive below. */
  isPopulated(): boolean;
  /** SIGKILL to everything, in one step that no fork can outrun. */
  kill(): void;
  /** Removes an empty group; false if the kernel still keeps something in it. */
  remove(): boolean;
}

/** Makes a group; undefined where the kernel has none or this process may not make any. */
export function makeCgroup(own = ownCgroup()): Cgroup | undefined {
  if (own === undefined) return undefined;
  const path = join(own, `lockstep-${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(path);
    // Whether we may move processes is found out before any task depends on it.
    moveSelf(path);
    moveSelf(own);
  } catch {
    removed(path);
    return undefined;
  }
  return cgroupAt(path, own);
}

function cgroupAt(path: string, own: string): Cgroup {
  const pids = () => tree(path).flatMap(processesOf);
  return {
    path,
    pids,
    enter(spawn) {
      // Spawning is one step of this thread, so nothing else of this process can be started while it is inside.
      moveSelf(path);
      try {
        return spawn();
      } finally {
        moveSelf(own);
      }
    },
    isPopulated: () => /^populated 1$/m.test(readFileSync(join(path, 'cgroup.events'), 'utf8')),
    kill() {
      const all = pids();
      invariant(!all.includes(process.pid), 'whoever ends a group is not in it');
      try {
        writeFileSync(join(path, 'cgroup.kill'), '1', { flag: 'r+' });
      } catch (error) {
        // Before Linux 5.14 there is no such file.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        for (const pid of all) signalProcess(pid, 'SIGKILL');
      }
    },
    remove: () => tree(path).toReversed().every(removed),
  };
}

/** Folder of this process's own group in the one hierarchy of version 2, wherever that is mounted. */
function ownCgroup(): string | undefined {
  const mount = mountPoint();
  const line = /^0::(\/.*)$/m.exec(readOr('/proc/self/cgroup'))?.[1];
  return mount === undefined || line === undefined ? undefined : join(mount, line);
}

/** `id parent device root mountpoint options … - type source options`, of which only a whole hierarchy is of use. */
function mountPoint(): string | undefined {
  const lines = readOr('/proc/self/mountinfo').split('\n');
  const found = lines.find((line) => line.includes(' - cgroup2 ') && line.split(' ')[3] === '/');
  return found?.split(' ')[4];
}

const moveSelf = (folder: string): void =>
  writeFileSync(join(folder, 'cgroup.procs'), String(process.pid), { flag: 'r+' });

/** The group and those that tasks made below it, parents first. */
function tree(path: string): readonly string[] {
  const below = readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory());
  return [path, ...below.flatMap((one) => tree(join(path, one.name)))];
}

const processesOf = (folder: string): readonly number[] =>
  readOr(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
