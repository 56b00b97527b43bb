import type { Progress, ProgressStore } from '#core/ports.ts';

/** Progress records in memory. */
export function memoryProgress(): ProgressStore {
  const records = new Map<string, Progress>();
  return {
    async put(runId, progress) {
      records.set(runId, progress);
    },
    async get(runId) {
      return records.get(runId);
    },
  };
}
