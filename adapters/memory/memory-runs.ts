import type { RunRecord, Runs } from '#core/runs/ports.ts';

/** The list of runs in memory. */
export function memoryRuns(): Runs {
  const runs = new Map<string, RunRecord>();
  return {
    record: async (run) => {
      if (!runs.has(run.runId)) runs.set(run.runId, run);
    },
    find: async (runId) => runs.get(runId),
    list: async (limit) => [...runs.values()].sort((a, b) => b.startedAt - a.startedAt).slice(0, limit),
  };
}
