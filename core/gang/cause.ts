import type { ErrorCode } from '../errors.ts';
import type { BarrierRefusal } from './barrier/result.ts';
import type { Cause, TaskExit, Unfit } from './records.ts';

const UNFIT: Readonly<Record<Unfit, string>> = {
  'accelerators-missing': 'accelerators missing',
  'code-damaged': 'code package damaged',
  'environment-failed': 'no Python environment',
  'secret-unreadable': 'a secret cannot be read',
  'disk-full': 'disk full',
  'not-prepared': 'not prepared',
};

const UNFIT_CODES: Readonly<Record<Unfit, ErrorCode>> = {
  'accelerators-missing': 'LS_ACCELERATORS_MISSING',
  'code-damaged': 'LS_CODE_DAMAGED',
  'environment-failed': 'LS_PYTHON_ENVIRONMENT',
  'secret-unreadable': 'LS_SECRET_UNREADABLE',
  'disk-full': 'LS_HOST_UNFIT',
  'not-prepared': 'LS_HOST_UNFIT',
};

/** One sentence for people: what stopped the attempt. */
export function describe(cause: Cause): string {
  switch (cause.kind) {
    case 'task-failed':
      return `rank ${cause.rank} ${describeExit(cause.exit)}`;
    case 'host-lost':
      return `host ${cause.instanceId} was lost: ${cause.evidence}`;
    case 'host-unfit':
      return `host ${cause.instanceId} could not take part (${UNFIT[cause.why]}): ${cause.evidence}`;
    case 'preempted':
      return `host ${cause.instanceId} is being taken away: ${cause.notice}`;
    case 'barrier-timeout':
      return `barrier ${cause.epoch} was not complete in time: ${ranks(cause.missing)} never came`;
    case 'barrier-mismatch':
      return `barrier ${cause.epoch}: ${cause.detail}`;
    case 'not-formed':
      return `the gang did not form in time: ${cause.missing.join(', ')} missing`;
    case 'limit':
      return `the run reached limits.${cause.limit} (${cause.valueS} s)${cause.limit === 'maxQueueS' ? ' before any candidate could supply the whole gang' : ''}`;
    case 'cancelled':
      return `cancelled by ${cause.by}`;
  }
}

/** The error that a run which ends for this cause fails with. */
export function codeOf(cause: Cause): ErrorCode {
  switch (cause.kind) {
    case 'task-failed':
      return 'LS_TASK_FAILED';
    case 'host-unfit':
      return UNFIT_CODES[cause.why];
    case 'host-lost':
    case 'preempted':
      return 'LS_HOST_LOST';
    case 'barrier-timeout':
      return 'LS_BARRIER_TIMEOUT';
    case 'barrier-mismatch':
      return 'LS_BARRIER_MISMATCH';
    case 'not-formed':
      return 'LS_GANG_NOT_FORMED';
    case 'limit':
      return cause.limit === 'maxQueueS' ? 'LS_NO_CAPACITY' : 'LS_LIMIT_EXCEEDED';
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
    case 'host-unfit':
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
