import type { Control, Phase } from './records.ts';

/** The order of phases within an attempt. STOPPING leads to DRAINED, and from there to attempt + 1 or to an end. */
const ORDER: Readonly<Record<Phase, number>> = {
  QUEUED: 0,
  ACQUIRING: 1,
  FORMING: 2,
  STARTING: 3,
  RUNNING: 4,
  STOPPING: 5,
  DRAINED: 6,
  SUCCEEDED: 7,
  FAILED: 7,
  CANCELLED: 7,
};

/** Phases that a stop may interrupt. */
export const STOPPABLE: readonly Phase[] = ['QUEUED', 'ACQUIRING', 'FORMING', 'STARTING', 'RUNNING'];

/** Phases in which tasks may live and meet at barriers. */
export const LIVE: readonly Phase[] = ['STARTING', 'RUNNING'];

export const isLive = (phase: Phase): boolean => LIVE.includes(phase);

/** True once the attempt is over or on its way there: the workflow's Run state has nothing more to wait for. */
export const hasEnded = (phase: Phase): boolean => ORDER[phase] >= ORDER.STOPPING;

export const isTerminal = (phase: Phase): boolean => ORDER[phase] === 7;

/** True if `next` is the same as `last` or later in the life of the gang; an older view must not undo a newer one. */
export function isCurrent(next: Control, last: Control): boolean {
  if (next.attempt !== last.attempt) return next.attempt > last.attempt;
  if (next.phase !== last.phase) return ORDER[next.phase] > ORDER[last.phase];
  return next.epoch >= last.epoch;
}
