import { readdirSync, readFileSync } from 'node:fs';

/** A process that is not a zombie. */
export interface LivingProcess {
  readonly pid: number;
  readonly pgid: number;
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
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat)
    .filter((one) => one !== undefined)
    .filter((one) => pgids.has(one.pgid) || (one.pid !== process.pid && hasMarker(one.pid, marker)));
}

/** `pid (comm) state ppid pgrp …`; comm may hold spaces and parentheses, so the fields are counted from its end. */
function readStat(pid: string): LivingProcess | undefined {
  const stat = readProc(pid, 'stat');
  const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (pgrp === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), pgid: Number(pgrp) };
}

const hasMarker = (pid: number, marker: string): boolean =>
  readProc(String(pid), 'environ').split('\0').includes(marker);

/** Empty if the process has ended meanwhile or is another user's. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
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
