import { LockstepError } from '#core/errors.ts';
import type { CancelledAnswer } from '../wire.ts';
import type { AgentClient } from './client.ts';

const LONG_POLL_MS = 20_000;

export interface Cancellation {
  /** Aborted, with LS_CANCELLED as the reason, when the attempt is stopping. */
  readonly signal: AbortSignal;
  /** True while all ranks are asked to save a checkpoint at their next step. */
  checkpointRequested(): boolean;
  /** Ends the watch; used by SIGTERM too, which says the same without a round trip. */
  cancel(reason: string): void;
  close(): void;
}

/** Watches, by long polls that never keep the process alive, whether the attempt is stopping. */
export function watchCancellation(client: AgentClient): Cancellation {
  const cancelled = new AbortController();
  const closed = new AbortController();
  let checkpointRequested = false;
  const cancel = (reason: string) => cancelled.abort(new LockstepError('LS_CANCELLED', reason));

  const watch = async () => {
    while (!closed.signal.aborted && !cancelled.signal.aborted) {
      const path = `/cancelled?waitMs=${LONG_POLL_MS}&checkpointRequested=${checkpointRequested}`;
      const answer = await client.json<CancelledAnswer>({
        method: 'GET',
        path,
        background: true,
        signal: closed.signal,
      });
      checkpointRequested = answer.checkpointRequested;
      if (answer.cancelled) cancel(answer.reason ?? 'the attempt is stopping');
    }
  };
  // An agent that is gone can no longer cancel anything; its guardian ends this task.
  watch().catch(() => {});
  return {
    signal: cancelled.signal,
    checkpointRequested: () => checkpointRequested,
    cancel,
    close: () => closed.abort(),
  };
}
