import { LockstepError } from '#core/errors.ts';
import type { ObjectCreated } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri } from '#core/objects/addresses.ts';
import { failureOf } from '#core/runs/failure.ts';
import type { RunPorts } from './ports.ts';
import { type PutInputsOptions, putInputs } from './put-inputs.ts';
import { serveJob } from './served-jobs.ts';
import type { StartedRun } from './start-run.ts';

type BatchPorts = Pick<RunPorts, 'workflows' | 'runs' | 'clock' | 'pollMs'>;

/** Runs among which one that has just been recorded is looked for. */
const NEWEST = 100;
/** An event starts the run within seconds; this is for a rule that is switched off or a service that is down. */
const EVENT_WITHIN_MS = 60_000;

export interface BatchFiles extends Omit<PutInputsOptions, 'uriOf'> {
  readonly job: InferJob;
  /** Names the batch within the inbox of the job. */
  readonly name: string;
}

/** A batch that lies in the inbox, announced. */
export interface Batch {
  /** Key of the object that announced it. */
  readonly readyKey: string;
}

/**
 * Lets the job serve its inbox and puts its input there as one batch. Nothing is started from here: the marker, put last,
 * is an event that starts the inference.
 */
export async function putBatch(
  ports: Pick<RunPorts, 'bucket' | 'objects'>,
  { job: { match: _, ...job }, name, ...uploading }: BatchFiles,
): Promise<Batch> {
  const { bucket, objects } = ports;
  const folder = `${OBJECTS.inbox}${job.name}/${name}/`;
  // The job's own rule has chosen these files already, by paths that they do not have here.
  await serveJob(ports, { job });
  await putInputs(ports, { ...uploading, uriOf: (file) => objectUri(bucket, `${folder}${file}`) });
  const readyKey = `${folder}${OBJECTS.ready}`;
  await objects.put(objectUri(bucket, readyKey), new Uint8Array());
  return { readyKey };
}

/**
 * Waits for the run that the batch's event starts. LS_UNAVAILABLE if none comes; the error of an execution that ended
 * before it had a run.
 */
export async function runOfBatch(ports: BatchPorts, { readyKey }: Batch, signal: AbortSignal): Promise<StartedRun> {
  const deadline = ports.clock.monotonicMs() + EVENT_WITHIN_MS;
  const others = new Set<string>();
  while (ports.clock.monotonicMs() < deadline) {
    for (const executionId of await ports.workflows.recent('inference')) {
      if (others.has(executionId)) continue;
      const execution = await ports.workflows.describe(executionId);
      if (keyOf(execution?.input) !== readyKey) {
        others.add(executionId);
        continue;
      }
      // Plan records the run first, so an execution that has ended has its record.
      const record = (await ports.runs.list(NEWEST)).find((run) => run.execution === executionId);
      if (record !== undefined) return { runId: record.runId, executionId };
      const failure = execution && execution.status !== 'running' ? failureOf(execution) : undefined;
      if (failure !== undefined) throw failure;
    }
    await ports.clock.sleep(ports.pollMs, signal);
  }
  const message = `${readyKey} was put ${EVENT_WITHIN_MS / 1000} s ago, and no run has started`;
  const remedy = 'Look at the rule of the inbox and at its dead-letter queue.';
  throw new LockstepError('LS_UNAVAILABLE', message, { remedy });
}

const keyOf = (input: unknown): string | undefined => (input as Partial<ObjectCreated> | null)?.detail?.object.key;
