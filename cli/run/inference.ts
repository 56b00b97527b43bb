import { basename } from 'node:path';
import type { InferencePlan } from '#core/inference/plan.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, runObjects } from '#core/objects/addresses.ts';
import type { Execution, StateVisit } from '#core/runs/ports.ts';
import { jsonBytes, readJsonIfAny } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import type { Screen } from '../output/screen.ts';
import { follow, stopped } from './follow.ts';
import { localInputs, localModel, readInput } from './local-inputs.ts';
import { stays } from './phases.ts';

export interface InferenceOptions {
  readonly cloud: Cloud;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** What is known about an inference run once its execution has ended, well or not. */
export interface InferenceTrace {
  readonly runId: string;
  readonly execution: Execution;
  readonly visits: readonly StateVisit[];
}

/** Uploads the files that the job names on this machine and starts the run. Returns the id of its execution. */
export async function startInference(runId: string, loaded: LoadedInfer, cloud: Cloud): Promise<string> {
  const uri = (key: string) => objectUri(cloud.bucket, key);
  const model = localModel(loaded);
  const files = localInputs(loaded);
  const modelKey = `${OBJECTS.run(runId)}model.onnx`;
  if (model !== undefined) await cloud.objects.put(uri(modelKey), model);
  await uploadFiles(cloud, files, (name) => OBJECTS.input(runId, name));
  const { local: _, ...job } = loaded.job;
  const remote: InferJob = {
    ...job,
    model: model === undefined ? job.model : uri(modelKey),
    input: [...(files.length > 0 ? [uri(OBJECTS.input(runId, ''))] : []), ...job.input.filter(isRemote)],
  };
  await cloud.objects.put(uri(OBJECTS.job(runId)), jsonBytes(remote));
  const state: InferenceState = { runId, jobUri: uri(OBJECTS.job(runId)) };
  return await cloud.workflows.start('inference', runId, state);
}

/** Puts files under numbered names, so that their order stays and two of the same name do not collide. */
export async function uploadFiles(
  cloud: Cloud,
  files: readonly string[],
  key: (name: string) => string,
): Promise<void> {
  for (const [i, file] of files.entries()) {
    const name = `${String(i).padStart(6, '0')}-${basename(file)}`;
    await cloud.objects.put(objectUri(cloud.bucket, key(name)), readInput(file));
  }
}

/** Watches an inference run until its execution has ended, which the signal brings about. */
export async function followInference(
  runId: string,
  executionId: string,
  { cloud, screen, signal }: InferenceOptions,
): Promise<InferenceTrace> {
  let visits: readonly StateVisit[] = [];
  let partitions: number | undefined;
  const onLook = async (seen: readonly StateVisit[]) => {
    visits = seen;
    const phase = stays(visits, Date.now()).at(-1)?.phase ?? 'plan';
    screen.phase(phase);
    if (phase !== 'infer') return;
    partitions ??= await partitionsOf(cloud, runId);
    const done = await countBelow(cloud, OBJECTS.taskManifests(runId));
    if (partitions !== undefined) screen.progress(done / partitions, `${done} of ${partitions} partitions`);
  };
  const execution = await follow(cloud, { executionId, signal, onLook }).catch(async (error: unknown) => {
    if (!signal.aborted) throw error;
    screen.phase('cancel', 'failed');
    await cloud.workflows.stop(executionId, 'cancelled by the command line');
    screen.say(`${runId}: stopped`);
    screen.end();
    return await stopped(cloud, executionId, signal);
  });
  if (execution.status === 'failed') screen.fail();
  return { runId, execution, visits };
}

async function partitionsOf({ objects, bucket }: Cloud, runId: string): Promise<number | undefined> {
  const plan = await readJsonIfAny<InferencePlan>(objects, runObjects({ bucket, runId }).plan);
  return plan?.value.partitions.length;
}

async function countBelow({ objects, bucket }: Cloud, prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of objects.list(objectUri(bucket, prefix))) count += 1;
  return count;
}
