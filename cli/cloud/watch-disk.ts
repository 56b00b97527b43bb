import { statfsSync } from 'node:fs';
import { LockstepError } from '#core/errors.ts';

const MIB = 1024 * 1024;
/** Enough to stop a run in an orderly way and to keep what is to be said of it. */
const FLOOR_BYTES = 4 * MIB;
const PERIOD_MS = 500;

/**
 * Calls `onFull`, once, with LS_STATE_UNUSABLE when the disk of a local cloud runs full: its stores would answer with
 * errors that are tried again for minutes. LS_STATE_UNUSABLE is thrown where it is full already. Call what is returned
 * to end the watch.
 */
export function watchDisk(
  folder: string,
  onFull: (error: LockstepError) => void,
  freeBytes: (folder: string) => number = freeOn,
): () => void {
  const fullness = (): LockstepError | undefined => {
    const free = freeBytes(folder);
    if (free >= FLOOR_BYTES) return undefined;
    const [left, needed] = [free, FLOOR_BYTES].map((bytes) => `${(bytes / MIB).toFixed(1)} MiB`);
    return new LockstepError(
      'LS_STATE_UNUSABLE',
      `the disk of ${folder} has ${left} left; expected at least ${needed}`,
    );
  };
  const already = fullness();
  if (already !== undefined) throw already;
  const timer = setInterval(() => {
    const error = fullness();
    if (error === undefined) return;
    clearInterval(timer);
    onFull(error);
  }, PERIOD_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
