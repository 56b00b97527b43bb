import { OBJECTS } from '#core/names.ts';
import type { RunRecord } from '#core/ports.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** How a run is doing, in a word. */
export type RunState = 'running' | 'succeeded' | 'failed' | 'cancelled';

/** The state of a run in a cloud. A run that an event started has an execution with a name of its own: its manifest tells. */
export async function runState(cloud: Cloud, { runId, kind }: RunRecord): Promise<RunState> {
  const id = cloud.workflows.executionId(kind === 'train' ? 'training' : 'inference', runId);
  const execution = await cloud.workflows.describe(id);
  if (execution !== undefined) return execution.status;
  const success = await cloud.objects.head(`s3://${cloud.bucket}/${OBJECTS.success(runId)}`);
  return success === undefined ? 'running' : 'succeeded';
}
