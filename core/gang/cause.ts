import type { ErrorCode } from '../errors.ts';
import type { BarrierRefusal } from './barrier/result.ts';
import type { Cause, TaskExit } from './records.ts';

/** One sentence for people: what stopped the attempt. */
export function describe(cause: Cause): string {
  switch (cause.kind) {
    case 'task-failed':
      return `rank ${cause.rank} ${describeExit(cause.exit)}`;
    case 'host-lost':
      return `host ${cause.instanceId} was lost: ${cause.evidence}`;
    case 'preempted':
      return `host ${cause.instanceId} is being taken away: ${cause.notice}`;
    case 'barrier-timeout':
      return `barrier ${cause.epoch} was not complete in time: ${ranks(cause.missing)} never came`;
    case 'barrier-mismatch':
      return `barrier ${cause.epoch}: ${cause.detail}`;
    case 'not-formed':
      return `the gang did not form in time: ${cause.missing.join(', ')} missing`;
    case 'limit':
      return `the run reached ${cause.limit}`;
    case 'cancelled':
      return `cancelled by ${cause.by}`;
  }
}

/** The error that a run which ends for this cause fails with. */
export function codeOf(cause: Cause): ErrorCode {
  switch (cause.kind) {
    case 'task-failed':
      return 'LS_TASK_FAILED';
    case 'host-lost':
      return cause.evidence.startsWith('LS_ACCELERATORS_MISSING') ? 'LS_ACCELERATORS_MISSING' : 'LS_HOST_LOST';
    case 'preempted':
      return 'LS_HOST_LOST';
    case 'barrier-timeout':
      return 'LS_BARRIER_TIMEOUT';
    case 'barrier-mismatch':
      return 'LS_BARRIER_MISMATCH';
    case 'not-formed':
      return 'LS_GANG_NOT_FORMED';
    case 'limit':
      return cause.limit.startsWith('limits.maxQueueS') ? 'LS_NO_CAPACITY' : 'LS_LIMIT_EXCEEDED';
    case 'cancelled':
      return 'LS_CANCELLED';
  }
}

/** What a task that waits in a barrier is told when the attempt stops for this cause. */
export function refusalCode(cause: Cause): BarrierRefusal {
  switch (cause.kind) {
    case 'task-failed':
      return 'LS_TASK_FAILED';
    case 'host-lost':
    case 'preempted':
    case 'not-formed':
      return 'LS_HOST_LOST';
    case 'barrier-timeout':
      return 'LS_BARRIER_TIMEOUT';
    case 'barrier-mismatch':
      return 'LS_BARRIER_MISMATCH';
    case 'limit':
    case 'cancelled':
      return 'LS_CANCELLED';
  }
}

/** How a task ended, e.g. `exited with code 1: out of memory`. */
export function describeExit(exit: TaskExit): string {
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  return exit.message === undefined ? how : `${how}: ${exit.message}`;
}

/** `rank 3` or `ranks 1, 2`. */
export const ranks = (list: readonly number[]): string => `rank${list.length === 1 ? '' : 's'} ${list.join(', ')}`;
