import type { Callback } from '#core/gang/ports.ts';

/** Task tokens in memory. `answers` holds what each token was answered with, and `heartbeats` counts. */
export interface MemoryCallback extends Callback {
  readonly answers: ReadonlyMap<string, unknown>;
  heartbeats(runId: string): number;
}

/** A token can be answered once; a new token of the same attempt or a later one replaces the one before. */
export function memoryCallback(): MemoryCallback {
  const tokens = new Map<string, { readonly attempt: number; readonly token: string }>();
  const answers = new Map<string, unknown>();
  const beats = new Map<string, number>();
  const isOpen = (runId: string) => {
    const token = tokens.get(runId)?.token;
    return token !== undefined && !answers.has(token);
  };
  return {
    answers,
    heartbeats: (runId) => beats.get(runId) ?? 0,
    store: async (runId, attempt, token) => {
      if ((tokens.get(runId)?.attempt ?? attempt) <= attempt) tokens.set(runId, { attempt, token });
    },
    heartbeat: async (runId) => {
      if (!isOpen(runId)) return false;
      beats.set(runId, (beats.get(runId) ?? 0) + 1);
      return true;
    },
    succeed: async (runId, outcome) => {
      const stored = tokens.get(runId);
      if (stored?.attempt !== outcome.attempt || !isOpen(runId)) return false;
      answers.set(stored.token, outcome);
      return true;
    },
  };
}
