import type { RunAddress } from '#core/objects/addresses.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';
import { type Progress, type ProgressLog, withReport } from '#core/training/progress.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

/** Fast enough for a bar on a terminal. */
const INTERVAL_MS = 500;
/** The curves may lag, and cost a request each time. */
const LOG_EVERY_MS = 5_000;

export interface ProgressService {
  /** Keeps it; never waits for a store. */
  report(progress: Progress): void;
  /** Resolves when the newest report and the log of all are stored, or could not be. */
  flush(): Promise<void>;
}

export interface ProgressOptions extends RunAddress {
  readonly attempt: number;
  readonly store: ProgressStore;
  readonly objects: Pick<Objects, 'put'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Writes the newest progress at most twice a second, and what was reported so far every few seconds. A failed write costs
 * people a look at the bar, or points of a curve until the next one.
 */
export function progressService({ store, objects, clock, log, ...of }: ProgressOptions): ProgressService {
  const { runId, attempt } = of;
  const uri = runObjects(of).progressLog(attempt);
  let reports: readonly Progress[] = [];
  let logged: readonly Progress[] = reports;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let newest: Progress | undefined;
  let writing: Promise<void> | undefined;

  const warn = (error: unknown) => log.warn('progress not stored', { error: String(error) });
  const writeLog = async () => {
    const current = reports;
    if (current === logged) return;
    loggedAtMs = clock.monotonicMs();
    const body: ProgressLog = { version: 1, attempt, reports: current };
    await objects.put(uri, jsonBytes(body)).then(() => {
      logged = current;
    }, warn);
  };
  const writeAll = async () => {
    while (newest !== undefined) {
      const progress = newest;
      newest = undefined;
      await store.put(runId, progress).catch(warn);
      if (clock.monotonicMs() - loggedAtMs >= LOG_EVERY_MS) await writeLog();
      await clock.sleep(INTERVAL_MS);
    }
    writing = undefined;
  };
  return {
    report(progress) {
      newest = progress;
      reports = withReport(reports, progress);
      writing ??= writeAll();
    },
    flush: async () => {
      await writing;
      await writeLog();
    },
  };
}
