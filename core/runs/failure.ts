import { isErrorCode, LockstepError } from '../errors.ts';
import type { Execution } from './ports.ts';

export type RunStatus = Execution['status'];

/**
 * The status of an execution as people mean it: one that ended because somebody cancelled its gang has failed for Step
 * Functions, and was cancelled.
 */
export const statusOf = ({ status, failure }: Execution): RunStatus =>
  status === 'failed' && failure?.code === 'LS_CANCELLED' ? 'cancelled' : status;

/** The error that an execution ended with; undefined if it succeeded. */
export function failureOf({ status, failure }: Execution): LockstepError | undefined {
  if (status === 'succeeded') return undefined;
  if (failure === undefined) return new LockstepError('LS_CANCELLED', 'the execution was stopped');
  const { code, message } = failure;
  if (isErrorCode(code)) return new LockstepError(code, message);
  return new LockstepError('LS_WORKFLOW_FAILED', `${code}: ${message}`);
}
