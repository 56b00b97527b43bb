import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { Ignored, InferenceState, ObjectCreated } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, runObjects, sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { remoteInferJob } from '#formats/job/remote-job.ts';
import { textIfAny } from '#formats/json/json-object.ts';
import { createOnce } from './create-once.ts';

/**
 * Turns an object that was put into the inbox into a run: `inbox/<job>/<file>` reads that file, and
 * `inbox/<job>/<batch>/_READY` everything beside it. The job is `jobs/<job>.json` with that as its input. The run id
 * follows from the event and from the job: an event that is delivered twice is one run; an object that is put again, be its
 * bytes the same or not, is another, and so is the same event once the job is corrected. LS_JOB_NOT_FOUND if no job serves
 * the inbox, LS_JOB_INVALID.
 */
export async function enterInbox(objects: Objects, event: ObjectCreated): Promise<InferenceState | Ignored> {
  const { bucket, object } = event.detail;
  const input = inputOf(object.key);
  if (!input) return { ignored: `${object.key} is part of a batch, or not in the inbox` };

  const job = await servingJob(objects, { bucket: bucket.name, key: object.key, ...input });
  const runId = inboxRunId(job, event);
  const jobUri = runObjects({ bucket: bucket.name, runId }).job;
  await createOnce(objects, jobUri, job);
  return { runId, jobUri };
}

interface Arrived {
  readonly bucket: string;
  readonly key: string;
  /** Name of the job whose inbox it is. */
  readonly job: string;
  /** What the run reads. */
  readonly prefix: string;
}

/** The job that serves the inbox, with what has arrived as its input. */
async function servingJob(objects: Objects, { bucket, key, job, prefix }: Arrived): Promise<InferJob> {
  const uri = sharedObjects(bucket).inboxJob(job);
  const text = await textIfAny(objects, uri);
  if (text !== undefined) return { ...remoteInferJob(text, uri, objectUri(bucket, prefix)), name: job };
  const message = `${key} was put into the inbox, but ${OBJECTS.inboxJob(job)} is missing`;
  throw new LockstepError('LS_JOB_NOT_FOUND', message, {
    remedy: `Run \`lockstep serve JOB.yaml\` for a job that is named ${job}.`,
  });
}

/** The id of the run that an event starts with a job. Etags count without the quotes that some services add. */
export function inboxRunId(job: InferJob, { detail: { bucket, object } }: ObjectCreated): string {
  const { key, etag, sequencer } = object;
  const hash = createHash('sha256').update(
    JSON.stringify([bucket.name, key, etag.replaceAll('"', ''), sequencer, job]),
  );
  return `${job.name}-${hash.digest('hex').slice(0, 16)}`;
}

function inputOf(key: string): { readonly job: string; readonly prefix: string } | undefined {
  if (!key.startsWith(OBJECTS.inbox)) return undefined;
  const [job, ...path] = key.slice(OBJECTS.inbox.length).split('/');
  const name = path.at(-1);
  if (!job || !name) return undefined;
  if (path.length > 1 && name === OBJECTS.ready) return { job, prefix: key.slice(0, -OBJECTS.ready.length) };
  return path.length === 1 && name !== OBJECTS.ready ? { job, prefix: key } : undefined;
}
