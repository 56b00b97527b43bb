import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { PortHolder } from '#core/launch/port-taken.ts';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const LISTENS = '0A';

/** Who listens on a TCP port of this machine: one of the processes `own`, somebody else, or nobody. Linux; else unknown. */
export function portHolder(port: number, own: readonly number[]): PortHolder {
  const inodes = new Set<string>();
  let isKnown = false;
  for (const table of TABLES) {
    for (const line of linesOf(table)) {
      isKnown = true;
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === LISTENS && Number.parseInt(local.split(':').at(-1) ?? '', 16) === port) inodes.add(inode);
    }
  }
  if (!isKnown) return 'unknown';
  if (inodes.size === 0) return 'nobody';
  return own.some((pid) => socketsOf(pid).some((inode) => inodes.has(inode))) ? 'own' : 'stranger';
}

/** Without the line of headings. */
function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1).filter(Boolean);
  } catch {
    return [];
  }
}

/** Inodes of the sockets that a process has open; none of one that has ended. */
function socketsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function inodeOf(path: string): readonly string[] {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.slice(1, 2) ?? [];
  } catch {
    return []; // closed while it was looked at
  }
}
