import { OBJECTS } from '#core/names.ts';
import { objectUri } from '#core/objects/addresses.ts';
import type { RunRecord } from '#core/runs/ports.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { FindExecution } from './executions.ts';

/** How a run is doing. */
export interface RunState {
  /** `unknown` where its execution is so old that nothing remembers it, and it left no manifest. */
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'unknown';
  /** Where it failed: the code and what it says. */
  readonly failure?: string;
}

export async function runState(
  { objects, bucket }: Cloud,
  { runId, kind }: RunRecord,
  find: FindExecution,
): Promise<RunState> {
  const execution = await find({ runId, kind });
  if (execution !== undefined) {
    const { status, failure } = execution;
    return { state: status, ...(failure !== undefined && { failure: `${failure.code}: ${failure.message}` }) };
  }
  const manifest = kind === 'train' ? OBJECTS.trainManifest(runId) : OBJECTS.success(runId);
  const committed = await objects.head(objectUri(bucket, manifest));
  return { state: committed === undefined ? 'unknown' : 'succeeded' };
}
