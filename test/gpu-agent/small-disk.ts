/** File systems that are full after a few kilobytes, for hosts that run out of space. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const mounts: string[] = [];

/** Mounting takes a right that not every machine gives. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mayMount();

/** Mounts an empty one, which holds so many bytes or so many files. */
export function mountSmall(folder: string, limit: `size=${number}k` | `nr_inodes=${number}`): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', limit, 'lockstep-test', folder], { stdio: 'pipe' });
  mounts.push(folder);
}

/** Lazily: a host that still ends may have its folder open. */
export function unmountAll(): void {
  for (const folder of mounts.splice(0)) execFileSync('umount', ['-l', folder]);
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'lockstep-test', '/mnt'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
