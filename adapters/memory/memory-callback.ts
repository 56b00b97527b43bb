import type { Callback } from '#core/gang/ports.ts';

/** Task tokens in memory. `answers` holds what each token was answered with, and `heartbeats` counts. */
export interface MemoryCallback extends Callback {
  readonly answers: ReadonlyMap<string, unknown>;
  heartbeats(runId: string): number;
}

/** A token can be answered once; a new token of the same run replaces the one before. */
export function memoryCallback(): MemoryCallback {
  const tokens = new Map<string, string>();
  const answers = new Map<string, unknown>();
  const beats = new Map<string, number>();
  const isOpen = (runId: string) => {
    const token = tokens.get(runId);
    return token !== undefined && !answers.has(token);
  };
  return {
    answers,
    heartbeats: (runId) => beats.get(runId) ?? 0,
    store: async (runId, token) => {
      tokens.set(runId, token);
    },
    heartbeat: async (runId) => {
      if (!isOpen(runId)) return false;
      beats.set(runId, (beats.get(runId) ?? 0) + 1);
      return true;
    },
    succeed: async (runId, output) => {
      const token = tokens.get(runId);
      if (token === undefined || !isOpen(runId)) return false;
      answers.set(token, output);
      return true;
    },
  };
}
