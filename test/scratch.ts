import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'ls-';

/**
 * Gives a run of tests a folder of its own for temporary files, and removes it when they have ended, with what processes
 * that were killed left in it. A run that was killed itself is cleaned up after by the next one. The name is short, because
 * paths of sockets may have a hundred characters.
 */
export function setup(): () => void {
  const outer = tmpdir();
  for (const name of readdirSync(outer)) {
    if (name.startsWith(PREFIX) && isOver(Number(name.slice(PREFIX.length)))) remove(join(outer, name));
  }
  const scratch = join(outer, `${PREFIX}${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  // As the one of the system: some tests run programs as somebody else.
  chmodSync(scratch, 0o1777);
  process.env.TMPDIR = scratch;
  return () => {
    process.env.TMPDIR = outer;
    remove(scratch);
  };
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

/** Whether no process has this id. */
function isOver(pid: number): boolean {
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
