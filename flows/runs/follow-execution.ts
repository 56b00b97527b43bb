import { LockstepError } from '#core/errors.ts';
import { type Stay, stays } from '#core/runs/phases.ts';
import type { Execution, StateVisit } from '#core/runs/ports.ts';
import type { RunPorts } from './ports.ts';
import type { OnRunEvent } from './run-event.ts';

export interface FollowOptions {
  readonly executionId: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
  /** Called at every poll with the phase that the run is in, once it is in one. */
  readonly onPoll: (phase: string) => Promise<void>;
}

/** An execution that has ended, with where it was. */
export interface FollowedExecution {
  readonly execution: Execution;
  readonly visits: readonly StateVisit[];
}

/** Pauses of a run that has only just begun. */
const SHORTEST_PAUSE_MS = 20;
/** Of the time that a run has taken so far, the pause before its end is asked for again: what is missed is as little. */
const PAUSE_SHARE = 0.05;

/** Short at first, so that a run of a second is not waited for a quarter longer, then as long as `pollMs`. */
const pauseMs = (sinceMs: number, pollMs: number): number =>
  Math.min(pollMs, Math.max(SHORTEST_PAUSE_MS, PAUSE_SHARE * sinceMs));

/**
 * Watches an execution until it has ended: looks at it every `pollMs`, and asks more often whether it has ended while it is
 * young. Rejects with the signal's reason when that is aborted: the run goes on then.
 */
export async function followExecution(
  { workflows, clock, pollMs }: Pick<RunPorts, 'workflows' | 'clock' | 'pollMs'>,
  { executionId, signal, onEvent, onPoll }: FollowOptions,
): Promise<FollowedExecution> {
  const startedMs = clock.monotonicMs();
  let lookedMs = Number.NEGATIVE_INFINITY;
  let told = 0;
  const tell = async (all: readonly Stay[]) => {
    for (; told < all.length; told++) {
      const [last, { phase, from }] = [all[told - 1], all[told] as Stay];
      const before = last === undefined ? {} : { before: last.outcome, beforeMs: from - last.from };
      await onEvent({ kind: 'phase', phase, from, ...before });
    }
  };
  while (true) {
    signal.throwIfAborted();
    const execution = await workflows.describe(executionId);
    if (execution === undefined) throw new LockstepError('LS_RUN_NOT_FOUND', `there is no execution ${executionId}`);
    const hasEnded = execution.status !== 'running';
    if (hasEnded || clock.monotonicMs() - lookedMs >= pollMs) {
      lookedMs = clock.monotonicMs();
      const visits = await workflows.visits(executionId);
      const all = stays(visits, clock.wallMs());
      await tell(all);
      const phase = all.at(-1)?.phase;
      if (phase !== undefined) await onPoll(phase);
      if (hasEnded) return { execution, visits };
    }
    await clock.sleep(pauseMs(clock.monotonicMs() - startedMs, pollMs), signal);
  }
}
