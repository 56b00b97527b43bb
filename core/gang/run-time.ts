import type { TrainLimits } from '../job/job.ts';
import type { Cause } from './records.ts';

/**
 * Seconds until a run reaches `limits.maxDurationS`; none or fewer if it has. Counted from when it was queued, by the clocks
 * of the functions and of the workflow, which all are the provider's.
 */
export const secondsLeft = (
  queuedAtS: number,
  { maxDurationS }: Pick<TrainLimits, 'maxDurationS'>,
  nowMs: number,
): number => ((queuedAtS + maxDurationS) * 1000 - nowMs) / 1000;

/** Why a run stops that has reached it. */
export const timeIsUp = ({ maxDurationS }: Pick<TrainLimits, 'maxDurationS'>): Cause => ({
  ...{ kind: 'limit', limit: 'maxDurationS', valueS: maxDurationS },
});
