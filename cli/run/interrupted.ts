import type { LockstepError } from '#core/errors.ts';
import type { FollowedExecution } from '#flows/runs/follow-execution.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** What an execution came to that the signal has made this command stop. One that was faster has succeeded all the same. */
export async function interrupted(
  { workflows }: Pick<Cloud, 'workflows'>,
  executionId: string,
  signal: AbortSignal,
): Promise<FollowedExecution> {
  const [execution, visits] = await Promise.all([workflows.describe(executionId), workflows.visits(executionId)]);
  if (execution?.status === 'succeeded') return { execution, visits };
  const { code, message } = signal.reason as LockstepError;
  return { execution: { input: execution?.input, status: 'cancelled', failure: { code, message } }, visits };
}
