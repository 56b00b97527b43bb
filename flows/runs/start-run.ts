/** Starts runs: puts what a run reads into the bucket, and then the execution that reads it. */
import type { LeftOut } from '#core/inference/folder.ts';
import type { ReplayedRun } from '#core/inference/manifest.ts';
import type { SentJob } from '#core/inference/sent-job.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { InferJob, TrainJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { TrainingInput } from '#core/training/state.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';
import { type PutInputsOptions, putInputs } from './put-inputs.ts';

type StartPorts = Pick<RunPorts, 'bucket' | 'objects' | 'workflows'>;

/** A run that has an execution. */
export interface StartedRun {
  readonly runId: string;
  readonly executionId: string;
}

/** The id of a new run of a job: they sort by time of birth. */
export const newRunId = ({ ids }: Pick<RunPorts, 'ids'>, job: string): string => `${job}-${ids.next()}`;

export interface TrainingRun {
  readonly runId: string;
  readonly job: TrainJob;
  /** The code package; undefined where the tasks run a program of the host. */
  readonly code: TrainingCode | undefined;
}

export interface TrainingCode {
  readonly sizeBytes: number;
  chunks(): AsyncIterable<Uint8Array>;
}

/** LS_RUN_EXISTS if there is such a run. */
export async function startTraining(ports: StartPorts, { runId, job, code }: TrainingRun): Promise<StartedRun> {
  const { bucket, objects, workflows } = ports;
  const at = runObjects({ bucket, runId });
  if (code !== undefined) await objects.upload(at.code, code.chunks(), { sizeBytes: code.sizeBytes });
  const { local: _, ...remote } = job;
  await objects.put(at.job, jsonBytes(remote));
  const input: TrainingInput = { runId, jobUri: at.job };
  return { runId, executionId: await workflows.start('training', runId, input) };
}

export interface InferenceRun extends Omit<PutInputsOptions, 'uriOf'> {
  readonly runId: string;
  /** Of `model` and `input` only what is remote is read. */
  readonly job: InferJob;
  /** The model where the job names none that is remote. */
  readonly model: SentModel | undefined;
  /** What was left out of the folders that `inputs` are from. */
  readonly skipped: LeftOut;
  /** The run whose dead letters are the input. */
  readonly replayOf?: ReplayedRun | undefined;
}

/** A model, or another file that predicts, that whoever starts a run brings along. */
export interface SentModel {
  /** Its path as whoever starts the run calls it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Puts model and inputs below the run and starts it. LS_RUN_EXISTS if there is such a run. */
export async function startInference(ports: StartPorts, start: InferenceRun): Promise<StartedRun> {
  const { bucket, objects, workflows } = ports;
  const { runId, model, inputs, skipped, replayOf, job: given, ...uploading } = start;
  const at = runObjects({ bucket, runId });
  if (model !== undefined) await objects.put(at.model, model.bytes);
  await putInputs(ports, { ...uploading, inputs, uriOf: at.input });
  const { local: _, ...job } = given;
  const remote: SentJob = {
    ...job,
    skipped,
    ...(replayOf && { replayOf }),
    sent: {
      inputs: inputs.map(({ name }) => name),
      below: inputs.map(({ below }) => below ?? null),
      model: model?.name,
    },
    model: model === undefined ? job.model : at.model,
    input: [...(inputs.length > 0 ? [at.input('')] : []), ...job.input.filter(isRemote)],
  };
  await objects.put(at.job, jsonBytes(remote));
  const state: InferenceState = { runId, jobUri: at.job };
  return { runId, executionId: await workflows.start('inference', runId, state) };
}
