import type { TrainJob } from '#core/job/job.ts';
import type { Cause } from '../records.ts';
import type { QueueEntry } from './entry.ts';

const ASK_AGAIN_S = { first: 5, longest: 60 };

/**
 * Seconds until a gang that has waited for `waitedS` asks again: a twentieth of its wait, within bounds. Each question
 * is 11 events of the execution's history, which Step Functions ends at 25,000; core/training/pace.ts leaves room for them.
 */
export const askAgainS = (waitedS: number): number =>
  Math.round(Math.min(ASK_AGAIN_S.longest, Math.max(ASK_AGAIN_S.first, waitedS / 20)));

/** How long one gang may hold a pool to itself before others may try; asking again renews it. */
export const LOCK_S = 120;

/** What a run is known by in the queue. */
export interface QueuedRun {
  readonly runId: string;
  /** `s3://bucket/runs/<runId>/job.json`: the resolved TrainJob. */
  readonly jobUri: string;
  /** Epoch seconds at which it first asked; absent the first time. */
  readonly queuedAt?: number;
}

/** The queue entry of a gang that asks now. */
export function entryOf(state: QueuedRun, job: TrainJob, nowS: number): QueueEntry {
  return {
    runId: state.runId,
    jobUri: state.jobUri,
    priority: job.gang.priority,
    queuedAtS: state.queuedAt ?? nowS,
    askedAtS: nowS,
    admitted: false,
    instanceTypes: [...job.gang.instanceTypes].sort(),
  };
}

/** The limit that a gang has waited past; undefined while it may wait. */
export function queueLimit({ limits }: TrainJob, entry: QueueEntry): Cause | undefined {
  if (entry.askedAtS - entry.queuedAtS <= limits.maxQueueS) return undefined;
  return { kind: 'limit', limit: 'maxQueueS', valueS: limits.maxQueueS };
}
