import type { Clock, Log } from '#core/system/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';
import type { Progress } from '#core/training/progress.ts';

/** Fast enough for a bar on a terminal. */
const INTERVAL_MS = 500;

export interface ProgressService {
  /** Keeps the newest; never waits for the store. */
  report(progress: Progress): void;
  /** Resolves when the newest is stored. */
  flush(): Promise<void>;
}

export interface ProgressOptions {
  readonly store: ProgressStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly runId: string;
}

/** Writes the newest progress at most twice a second. A failed write only costs people a look at the bar. */
export function progressService({ store, clock, log, runId }: ProgressOptions): ProgressService {
  let newest: Progress | undefined;
  let writing: Promise<void> | undefined;

  const writeAll = async () => {
    while (newest !== undefined) {
      const progress = newest;
      newest = undefined;
      await store.put(runId, progress).catch((error: unknown) => {
        log.warn('progress not stored', { error: String(error) });
      });
      await clock.sleep(INTERVAL_MS);
    }
    writing = undefined;
  };
  return {
    report(progress) {
      newest = progress;
      writing ??= writeAll();
    },
    flush: async () => {
      await writing;
    },
  };
}
