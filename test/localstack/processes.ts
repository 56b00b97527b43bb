import { spawnSync } from 'node:child_process';

/** True while the process runs; one that has ended and was not yet reaped by its parent does not run. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
