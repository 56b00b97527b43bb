import { setTimeout as delay } from 'node:timers/promises';
import { isErrorCode, LockstepError } from '#core/errors.ts';
import type { Execution, StateVisit } from '#core/runs/ports.ts';
import type { Cloud } from '../cloud/cloud.ts';

export interface FollowOptions {
  readonly executionId: string;
  readonly signal: AbortSignal;
  /** Called at every look at the run, in turn. */
  readonly onLook: (visits: readonly StateVisit[]) => Promise<void> | void;
}

/** Watches an execution until it has ended. Rejects with the signal's reason when that is aborted. */
export async function follow(cloud: Cloud, { executionId, signal, onLook }: FollowOptions): Promise<Execution> {
  while (true) {
    signal.throwIfAborted();
    const execution = await cloud.workflows.describe(executionId);
    if (execution === undefined) throw new LockstepError('LS_RUN_NOT_FOUND', `there is no execution ${executionId}`);
    await onLook(await cloud.workflows.visits(executionId));
    if (execution.status !== 'running') return execution;
    await delay(cloud.pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** What an execution came to that the signal has made somebody stop. */
export async function stopped({ workflows }: Cloud, executionId: string, signal: AbortSignal): Promise<Execution> {
  const execution = await workflows.describe(executionId);
  if (execution?.status === 'succeeded') return execution;
  const { code, message } = signal.reason as LockstepError;
  return { input: execution?.input, status: 'cancelled', failure: { code, message } };
}

/** The error that an execution ended with; undefined if it succeeded. */
export function failureOf({ status, failure }: Execution): LockstepError | undefined {
  if (status === 'succeeded') return undefined;
  if (failure === undefined) return new LockstepError('LS_CANCELLED', 'the execution was stopped');
  const { code, message } = failure;
  if (isErrorCode(code)) return new LockstepError(code, message);
  return new LockstepError('LS_WORKFLOW_FAILED', `${code}: ${message}`);
}
