import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { cancelTraining } from '../run/cancel-run.ts';
import { executionsIn } from '../run/executions.ts';
import type { CommandContext } from './context.ts';

/** `lockstep cancel RUN`: stops a run in whichever cloud it is. Returns what was done, in a sentence. */
export async function cancel(runId: string, context: CommandContext): Promise<string> {
  return await inCloudOf(runId, context, (cloud) => cancelIn(cloud, runId));
}

async function cancelIn(cloud: Cloud, runId: string): Promise<string | undefined> {
  const { workflows, control } = cloud;
  const find = executionsIn(cloud);
  const isTraining = (await control.read(runId)) !== undefined;
  const execution = await find({ runId, kind: isTraining ? 'train' : 'infer' });
  if (execution !== undefined && execution.status !== 'running')
    return `${runId} has ended already: ${execution.status}`;
  if (isTraining) {
    const left = await cancelTraining(cloud, runId, '`lockstep cancel`');
    return left.length === 0
      ? `${runId}: cancelled, no host left`
      : `${runId}: cancelled; not yet released: ${left.join(', ')}`;
  }
  if (execution === undefined) return undefined;
  await workflows.stop(execution.id, 'cancelled by `lockstep cancel`');
  return `${runId}: cancelled`;
}
