import { setTimeout as delay } from 'node:timers/promises';
import { LockstepError } from '#core/errors.ts';
import type { ObjectCreated } from '#core/inference/state.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, sharedObjects } from '#core/objects/addresses.ts';
import { inboxRunId } from '#flows/inference/inbox.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { uploadFiles } from './inference.ts';
import { localInputs } from './local-inputs.ts';

/** An event starts the run within seconds; this is for a rule that is switched off or a service that is down. */
const EVENT_WITHIN_MS = 60_000;

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
export async function putBatch(loaded: LoadedInfer, name: string, cloud: Cloud): Promise<Batch> {
  const { bucket, objects } = cloud;
  const { local: _, ...job } = loaded.job;
  const folder = `${OBJECTS.inbox}${job.name}/${name}/`;
  await objects.put(sharedObjects(bucket).inboxJob(job.name), jsonBytes(job));
  await uploadFiles(cloud, localInputs(loaded), (file) => `${folder}${file}`);
  const readyKey = `${folder}${OBJECTS.ready}`;
  const { etag = '' } = await objects.put(objectUri(bucket, readyKey), new Uint8Array());
  return { readyKey, runId: inboxRunId({ job: job.name, bucket, key: readyKey, etag }) };
}

/** Waits for the execution that the batch's event starts and returns its id. LS_UNAVAILABLE if none comes. */
export async function executionOf({ readyKey }: Batch, cloud: Cloud, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + EVENT_WITHIN_MS;
  const others = new Set<string>();
  while (performance.now() < deadline) {
    for (const id of await cloud.workflows.recent('inference')) {
      if (others.has(id)) continue;
      const execution = await cloud.workflows.describe(id);
      if (keyOf(execution?.input) === readyKey) return id;
      others.add(id);
    }
    await delay(cloud.pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  throw new LockstepError(
    'LS_UNAVAILABLE',
    `${readyKey} was put ${EVENT_WITHIN_MS / 1000} s ago, and no run has started`,
    {
      remedy: 'Look at the rule of the inbox and at its dead-letter queue.',
    },
  );
}

const keyOf = (input: unknown): string | undefined => (input as Partial<ObjectCreated> | null)?.detail?.object.key;
