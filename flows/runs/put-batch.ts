import { LockstepError } from '#core/errors.ts';
import type { ObjectCreated } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, sharedObjects } from '#core/objects/addresses.ts';
import { inboxRunId } from '#flows/inference/inbox.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';
import { type PutInputsOptions, putInputs } from './put-inputs.ts';

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
  /** The run that its arrival starts. */
  readonly runId: string;
}

/**
 * Lets the job serve its inbox and puts its input there as one batch. Nothing is started from here: the marker, put last,
 * is an event that starts the inference.
 */
export async function putBatch(
  ports: Pick<RunPorts, 'bucket' | 'objects'>,
  { job, name, ...uploading }: BatchFiles,
): Promise<Batch> {
  const { bucket, objects } = ports;
  const { local: _, ...served } = job;
  const folder = `${OBJECTS.inbox}${job.name}/${name}/`;
  await objects.put(sharedObjects(bucket).inboxJob(job.name), jsonBytes(served));
  await putInputs(ports, { ...uploading, uriOf: (file) => objectUri(bucket, `${folder}${file}`) });
  const readyKey = `${folder}${OBJECTS.ready}`;
  const { etag = '' } = await objects.put(objectUri(bucket, readyKey), new Uint8Array());
  return { readyKey, runId: inboxRunId({ job: job.name, bucket, key: readyKey, etag }) };
}

/** Waits for the execution that the batch's event starts and returns its id. LS_UNAVAILABLE if none comes. */
export async function executionOf(
  { workflows, clock, pollMs }: Pick<RunPorts, 'workflows' | 'clock' | 'pollMs'>,
  { readyKey }: Batch,
  signal: AbortSignal,
): Promise<string> {
  const deadline = clock.monotonicMs() + EVENT_WITHIN_MS;
  const others = new Set<string>();
  while (clock.monotonicMs() < deadline) {
    for (const id of await workflows.recent('inference')) {
      if (others.has(id)) continue;
      const execution = await workflows.describe(id);
      if (keyOf(execution?.input) === readyKey) return id;
      others.add(id);
    }
    await clock.sleep(pollMs, signal);
  }
  const message = `${readyKey} was put ${EVENT_WITHIN_MS / 1000} s ago, and no run has started`;
  const remedy = 'Look at the rule of the inbox and at its dead-letter queue.';
  throw new LockstepError('LS_UNAVAILABLE', message, { remedy });
}

const keyOf = (input: unknown): string | undefined => (input as Partial<ObjectCreated> | null)?.detail?.object.key;
