import type { Callback } from '#core/gang/ports.ts';
import { isLater, type RunVisit } from '#core/gang/run-visit.ts';

/** Task tokens in memory. `answers` holds what each token was answered with, and `heartbeats` counts. */
export interface MemoryCallback extends Callback {
  readonly answers: ReadonlyMap<string, unknown>;
  heartbeats(runId: string): number;
}

/** A token can be answered once; one of a later visit replaces the one before, and never the other way about. */
export function memoryCallback(): MemoryCallback {
  const tokens = new Map<string, { readonly visit: RunVisit; readonly token: string }>();
  const answers = new Map<string, unknown>();
  const beats = new Map<string, number>();
  const isOpen = (runId: string) => {
    const token = tokens.get(runId)?.token;
    return token !== undefined && !answers.has(token);
  };
  return {
    answers,
    heartbeats: (runId) => beats.get(runId) ?? 0,
    store: async (runId, visit, token) => {
      const stored = tokens.get(runId);
      if (stored === undefined || isLater(visit, stored.visit)) tokens.set(runId, { visit, token });
      return tokens.get(runId)?.token === token;
    },
    heartbeat: async (runId) => {
      if (!isOpen(runId)) return false;
      beats.set(runId, (beats.get(runId) ?? 0) + 1);
      return true;
    },
    succeed: async (runId, outcome) => {
      const stored = tokens.get(runId);
      if (stored === undefined || stored.visit.attempt > outcome.attempt || !isOpen(runId)) return false;
      answers.set(stored.token, outcome);
      return true;
    },
  };
}
