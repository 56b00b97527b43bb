/** What the phases of a gang are good for, as it follows from the table of transitions. */
import type { Transition } from './control-write.ts';
import { type Control, PHASES, type Phase } from './records.ts';
import { TRANSITIONS } from './transitions.ts';

const ROWS: readonly Transition[] = Object.values(TRANSITIONS);

/** Phases that a gang may be in after one more write. */
export const following = (phase: Phase): readonly Phase[] => [
  ...new Set(ROWS.filter(({ from }) => from.includes(phase)).flatMap(({ to }) => (to.length === 0 ? [phase] : to))),
];

/** Phases that a stop may interrupt. */
export const STOPPABLE: readonly Phase[] = TRANSITIONS.stop.from;

/** Phases in which tasks may live and meet at barriers. */
export const LIVE: readonly Phase[] = TRANSITIONS.release.from;

/** Phases that nothing follows. */
const TERMINAL: readonly Phase[] = PHASES.filter((phase) => following(phase).length === 0);

export const isLive = (phase: Phase): boolean => LIVE.includes(phase);

/** True once the attempt is over or on its way there: the workflow's Run state has nothing more to wait for. */
export const hasEnded = (phase: Phase): boolean => !STOPPABLE.includes(phase);

export const isTerminal = (phase: Phase): boolean => TERMINAL.includes(phase);

/** True if `next` is the same as `last` or later in the life of the gang; an older view must not undo a newer one. */
export function isCurrent(next: Control, last: Control): boolean {
  if (next.attempt !== last.attempt) return next.attempt > last.attempt;
  if (next.phase !== last.phase) return PHASES.indexOf(next.phase) > PHASES.indexOf(last.phase);
  return next.epoch >= last.epoch;
}
