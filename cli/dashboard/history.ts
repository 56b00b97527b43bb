import type { Progress } from '#core/training/progress.ts';

/** What ranks 0 reported while the dashboard looked on. The store keeps the newest report alone. */
export interface History {
  note(runId: string, progress: Progress): void;
  /** Oldest first; empty for a run that has reported nothing. */
  of(runId: string): readonly Progress[];
}

/** Reports a run and runs that are kept: what a page can show, and no more than some megabytes. */
const REPORTS_MAX = 1_000;
const RUNS_MAX = 50;

/**
 * Keeps what is noted, bounded: of a run that reports more, every other report is dropped each time it is full, so that
 * the curve keeps its shape from the first step on; of the runs, the one that was noted longest ago.
 */
export function newHistory(): History {
  const runs = new Map<string, Progress[]>();
  return {
    note(runId, progress) {
      const before = runs.get(runId) ?? [];
      const last = before.at(-1);
      if (last?.attempt === progress.attempt && last.step === progress.step) return;
      const all = [...before, progress];
      runs.delete(runId);
      runs.set(runId, all.length > REPORTS_MAX ? all.filter((_, i) => i % 2 === 0 || i === all.length - 1) : all);
      const [oldest] = runs.keys();
      if (runs.size > RUNS_MAX && oldest !== undefined) runs.delete(oldest);
    },
    of: (runId) => runs.get(runId) ?? [],
  };
}
