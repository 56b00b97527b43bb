import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessUse } from '#core/resources/usage.ts';

/** A process of which at least one thread is alive. */
export interface LivingProcess {
  readonly pid: number;
  readonly pgid: number;
}

/** The same with its relations, as /proc tells them. A pid may be used again; with `startTicks` it is one process. */
export interface TableEntry extends LivingProcess {
  readonly parent: number;
  readonly session: number;
  readonly startTicks: number;
}

/**
 * Living processes that belong to one of the groups, or whose environment holds `marker` (a `NAME=value`). The marker
 * finds those which left their group; it works on Linux for processes of the same user. Where there is no /proc only
 * the groups are asked, one entry standing for a whole group.
 */
export function findProcesses(pgids: ReadonlySet<number>, marker: string): readonly LivingProcess[] {
  if (process.platform !== 'linux') {
    return [...pgids].filter(isGroupAlive).map((pgid) => ({ pid: pgid, pgid }));
  }
  return readTable()
    .filter((one) => pgids.has(one.pgid) || (one.pid !== process.pid && hasMarker(one.pid, marker)))
    .map(({ pid, pgid }) => ({ pid, pgid }));
}

/**
 * Living processes that run, or may run again, as the user: by its real, effective or saved id. A user of its own has
 * no way out of it, whatever a process does to its group, its session and its environment.
 */
export const findUserProcesses = (uid: number): readonly LivingProcess[] =>
  readTable()
    .filter(({ pid }) => userIds(pid).includes(uid))
    .map(({ pid, pgid }) => ({ pid, pgid }));

/** `Uid:` of the process: real, effective, saved and of the file system. */
const userIds = (pid: number): readonly number[] =>
  (/^Uid:\s+(.+)$/m.exec(readProc(`${pid}/status`))?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);

/** Every living process of this machine; empty where there is no /proc. */
export function readTable(): readonly TableEntry[] {
  if (process.platform !== 'linux') return [];
  return numbersIn('/proc')
    .map(readStat)
    .filter((one) => one !== undefined);
}

/** The kernel counts processor time in hundredths of a second towards programs, whatever it does inside. */
const TICK_MS = 10;

/** What these processes use, those that have ended left out; empty where there is no /proc. */
export function processUses(pids: readonly number[]): readonly ProcessUse[] {
  return pids.flatMap((pid) => {
    const fields = statFields(String(pid));
    const [user, system, startTicks] = [fields[11], fields[12], fields[19]].map(Number);
    const [, resident] = /^VmRSS:\s*(\d+) kB$/m.exec(readProc(`${pid}/status`)) ?? [];
    if (user === undefined || system === undefined || !startTicks || resident === undefined) return [];
    return [{ pid, startTicks, cpuMs: (user + system) * TICK_MS, memoryBytes: Number(resident) * 1024 }];
  });
}

/** True if an environment of the process, as it was when the process began, holds the line. */
export const hasMarker = (pid: number, marker: string): boolean =>
  environments(pid).some((text) => text.split('\0').includes(marker));

/** The environment hangs on the memory, which a main thread that has ended no longer has; its other threads do. */
function environments(pid: number): readonly string[] {
  const own = readProc(`${pid}/environ`);
  return own === '' ? numbersIn(`/proc/${pid}/task`).map((tid) => readProc(`${pid}/task/${tid}/environ`)) : [own];
}

/** From the state on. `pid (comm) state ppid pgrp …`; comm may hold spaces and parentheses, so they are counted from its end. */
function statFields(pid: string): readonly string[] {
  const stat = readProc(`${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readStat(pid: string): TableEntry | undefined {
  const fields = statFields(pid);
  const [state, parent, pgid, session] = fields;
  const [threads, startTicks] = [fields[17], fields[19]].map(Number);
  if (pgid === undefined || threads === undefined || startTicks === undefined || state === 'X') return undefined;
  // A zombie with more than its main thread is a process whose main thread has ended while others work on.
  if (state === 'Z' && threads <= 1) return undefined;
  return { pid: Number(pid), pgid: Number(pgid), parent: Number(parent), session: Number(session), startTicks };
}

function numbersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Empty if the process has ended meanwhile or is another user's. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function isGroupAlive(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
