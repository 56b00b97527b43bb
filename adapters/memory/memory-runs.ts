import type { RunRecord, Runs } from '#core/runs/ports.ts';

/** The list of runs in memory. */
export function memoryRuns(): Runs {
  const runs = new Map<string, RunRecord>();
  return {
    record: async (run) => {
      if (!runs.has(run.runId)) runs.set(run.runId, run);
    },
    list: async (limit) => [...runs.values()].sort((a, b) => (a.runId < b.runId ? 1 : -1)).slice(0, limit),
  };
}
