import type { CancelledAnswer } from '../wire.ts';

/** Whether the attempt is stopping, and whether a checkpoint is asked for, as the tasks learn it. */
export interface CancellationService {
  cancel(reason: string): void;
  requestCheckpoint(): void;
  /** Answers at once if the state differs from what the caller knows, otherwise at the next change or after `waitMs`. */
  wait(waitMs: number, knowsOfCheckpoint: boolean): Promise<CancelledAnswer>;
}

/** State of one attempt: it only ever goes from running to cancelled. */
export function cancellationService(): CancellationService {
  let state: CancelledAnswer = { cancelled: false, checkpointRequested: false };
  let changed = Promise.withResolvers<void>();
  const change = (next: Partial<CancelledAnswer>) => {
    state = { ...state, ...next };
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  return {
    cancel: (reason) => {
      if (!state.cancelled) change({ cancelled: true, reason });
    },
    requestCheckpoint: () => {
      if (!state.checkpointRequested) change({ checkpointRequested: true });
    },
    async wait(waitMs, knowsOfCheckpoint) {
      if (state.cancelled || state.checkpointRequested !== knowsOfCheckpoint) return state;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, waitMs);
      await Promise.race([changed.promise, late]);
      clearTimeout(timer);
      return state;
    },
  };
}
