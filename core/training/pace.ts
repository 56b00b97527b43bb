/**
 * How often an execution may come back to one of its steps. Step Functions ends an execution whose history would have more
 * than 25,000 events, in whatever state it is, and a run may last for weeks: so each step that comes back to itself waits
 * longer the longer it has been at it, and all of them together keep within what the history holds. The events that each
 * turn costs follow from the definition; a test counts them there, and holds the longest run of every limit to the total.
 */
import type { TrainLimits } from '../job/job.ts';

const HISTORY_EVENTS = 25_000;
/** A function of a run may fail, or find no place to run, more than a thousand times: 3 events for each repetition. */
const FOR_RETRIES = 4_000;
/** Once each: the beginning, the steps of a calm run, the release, the end. And a drain that goes on once time is up. */
const FOR_THE_REST = 900;
/** The function 5, Pace, Pause and Route 2 each. */
const EVENTS_A_RETURN = 11;
/** From one attempt to the next: Decide 9, Acquire twice 9, Run 6. */
const EVENTS_A_RESTART = 33;
/** As many questions as a gang asks that waits in the queue for as long as it may, see core/gang/queue/admit.ts. */
const FOR_ADMISSION = 800 * EVENTS_A_RETURN;

/** How often the steps of a run with these limits may come back to themselves, admission apart. */
export function returnsMax(limits: Pick<TrainLimits, 'restarts'>): number {
  const { user, infrastructure, preemption } = limits.restarts;
  const forRestarts = (user + infrastructure + preemption) * EVENTS_A_RESTART;
  const events = HISTORY_EVENTS - FOR_RETRIES - FOR_THE_REST - FOR_ADMISSION - forRestarts;
  return Math.floor(events / EVENTS_A_RETURN);
}

export interface Return {
  /** How often steps of this execution have come back to themselves before. */
  readonly returns: number;
  /** What the step itself asks for. */
  readonly waitS: number;
  /** Until the run reaches its limit; none or fewer if it has. */
  readonly leftS: number;
}

/**
 * Seconds until a step is entered again. It gets what it asks for while less than half of the returns are used; from then on
 * what is left of them is spread over what is left of the run.
 */
export function returnAfterS({ returns, waitS, leftS }: Return, limits: Pick<TrainLimits, 'restarts'>): number {
  const most = returnsMax(limits);
  if (leftS <= 0 || returns < most / 2) return waitS;
  return Math.min(leftS, Math.max(waitS, Math.ceil(leftS / Math.max(1, most - returns))));
}

/** A wait that is a fraction of the time that a step has been at it, within bounds: so it comes back some dozens of times. */
export const growingS = (elapsedS: number, { first, longest, of }: Growth): number =>
  Math.round(Math.min(longest, Math.max(first, elapsedS / of)));

interface Growth {
  readonly first: number;
  readonly longest: number;
  /** The wait is one part in so many of the time that has passed. */
  readonly of: number;
}
