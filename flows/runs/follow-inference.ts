import type { InferencePlan } from '#core/inference/plan.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { type FollowedExecution, followExecution } from './follow-execution.ts';
import type { FollowRunOptions } from './follow-training.ts';
import type { RunPorts } from './ports.ts';

/** What is known about an inference run once its execution has ended, well or not. */
export interface InferenceTrace extends FollowedExecution {
  readonly runId: string;
}

/** Follows an inference run until its execution has ended. Rejects with the signal's reason when that is aborted. */
export async function followInference(
  ports: RunPorts,
  { runId, executionId, signal, onEvent }: FollowRunOptions,
): Promise<InferenceTrace> {
  const at = runObjects({ bucket: ports.bucket, runId });
  let of: number | undefined;
  let told: number | undefined;
  const onPoll = async (phase: string) => {
    if (phase !== 'infer') return;
    of ??= (await readJsonIfAny<InferencePlan>(ports.objects, at.plan))?.value.partitions.length;
    if (of === undefined) return;
    // Pieces of partitions that were split are none of the plan.
    const done = Math.min(of, await countBelow(ports, at.taskManifests));
    if (done === told) return;
    told = done;
    await onEvent({ kind: 'partitions', done, of });
  };
  return { runId, ...(await followExecution(ports, { executionId, signal, onEvent, onPoll })) };
}

/** How many objects lie below a prefix. */
export async function countBelow({ objects }: Pick<RunPorts, 'objects'>, prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of objects.list(prefix)) count += 1;
  return count;
}
