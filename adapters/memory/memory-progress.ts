import type { ProgressStore } from '#core/training/ports.ts';
import type { Progress } from '#core/training/progress.ts';

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
