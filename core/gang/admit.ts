import type { TrainJob } from '../job/job.ts';
import type { TrainingState } from '../job/workflow.ts';
import type { ControlWrite, QueueEntry } from '../ports.ts';
import type { Control } from './state.ts';

/** How often a gang that waits asks again. */
export const ASK_AGAIN_S = 5;

/** How long one gang may hold a pool to itself before others may try; asking again renews it. */
export const LOCK_S = 120;

/** The queue entry of a gang that asks now. */
export function entryOf(state: TrainingState, job: TrainJob, nowS: number): QueueEntry {
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

/** QUEUED → ACQUIRING. */
export function admit(control: Control, opId: string): ControlWrite {
  const { runId, attempt } = control;
  return { runId, where: { attempt, phaseIn: ['QUEUED'] }, set: { phase: 'ACQUIRING' }, opId };
}

/** The limit that a gang has waited past, in words; undefined while it may wait. */
export function queueLimit({ limits }: TrainJob, entry: QueueEntry): string | undefined {
  if (entry.askedAtS - entry.queuedAtS <= limits.maxQueueS) return undefined;
  return `limits.maxQueueS (${limits.maxQueueS} s) before any candidate could supply the whole gang`;
}
