import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { cancelTraining } from '../run/cancel-run.ts';
import type { CommandContext } from './context.ts';

/** `lockstep cancel RUN`: stops a run in whichever cloud it is. Returns what was done, in a sentence. */
export async function cancel(runId: string, context: CommandContext): Promise<string> {
  return await inCloudOf(runId, context, (cloud) => cancelIn(cloud, runId));
}

async function cancelIn(cloud: Cloud, runId: string): Promise<string | undefined> {
  const { workflows, control } = cloud;
  if ((await control.read(runId)) !== undefined) {
    const training = await workflows.describe(workflows.executionId('training', runId));
    if (training !== undefined && training.status !== 'running')
      return `${runId} has ended already: ${training.status}`;
    const left = await cancelTraining(cloud, runId, '`lockstep cancel`');
    return left.length === 0
      ? `${runId}: cancelled, no host left`
      : `${runId}: cancelled; not yet released: ${left.join(', ')}`;
  }
  const id = workflows.executionId('inference', runId);
  const inference = await workflows.describe(id);
  if (inference === undefined) return undefined;
  if (inference.status !== 'running') return `${runId} has ended already: ${inference.status}`;
  await workflows.stop(id, 'cancelled by `lockstep cancel`');
  return `${runId}: cancelled`;
}
