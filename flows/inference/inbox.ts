import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { Ignored, InferenceState, ObjectCreated } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, runObjects, sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { createOnce } from './create-once.ts';

/**
 * Turns an object that was put into the inbox into a run: `inbox/<job>/<file>` reads that file, and
 * `inbox/<job>/<batch>/_READY` everything beside it. The job is `jobs/<job>.json` with that as its input. The run id
 * follows from bucket, key and etag, so an event that is delivered twice starts one run. LS_JOB_NOT_FOUND if no job
 * serves the inbox.
 */
export async function enterInbox(objects: Objects, event: ObjectCreated): Promise<InferenceState | Ignored> {
  const bucket = event.detail.bucket.name;
  const { key, etag } = event.detail.object;
  const input = inputOf(key);
  if (!input) return { ignored: `${key} is part of a batch, or not in the inbox` };

  const stored = await readJsonIfAny<InferJob>(objects, sharedObjects(bucket).inboxJob(input.job));
  if (!stored) {
    throw new LockstepError(
      'LS_JOB_NOT_FOUND',
      `${key} was put into the inbox, but ${OBJECTS.inboxJob(input.job)} is missing`,
    );
  }
  const runId = inboxRunId({ job: input.job, bucket, key, etag });
  const jobUri = runObjects({ bucket, runId }).job;
  await createOnce(objects, jobUri, { ...stored.value, input: [objectUri(bucket, input.prefix)] });
  return { runId, jobUri };
}

/** The id of the run that an object in the inbox starts. Etags count without the quotes that some services add. */
export function inboxRunId(object: { job: string; bucket: string; key: string; etag: string }): string {
  const { job, bucket, key, etag } = object;
  const hash = createHash('sha256').update(JSON.stringify([bucket, key, etag.replaceAll('"', '')]));
  return `${job}-${hash.digest('hex').slice(0, 16)}`;
}

/** The id of the run that this input of an execution stands for, if it is the event of an object in the inbox. */
export function runIdOf(input: Partial<ObjectCreated> | null): string | undefined {
  if (input?.detail === undefined) return undefined;
  const { bucket, object } = input.detail;
  const found = inputOf(object.key);
  return found && inboxRunId({ job: found.job, bucket: bucket.name, key: object.key, etag: object.etag });
}

function inputOf(key: string): { readonly job: string; readonly prefix: string } | undefined {
  if (!key.startsWith(OBJECTS.inbox)) return undefined;
  const [job, ...path] = key.slice(OBJECTS.inbox.length).split('/');
  const name = path.at(-1);
  if (!job || !name) return undefined;
  if (path.length > 1 && name === OBJECTS.ready) return { job, prefix: key.slice(0, -OBJECTS.ready.length) };
  return path.length === 1 && name !== OBJECTS.ready ? { job, prefix: key } : undefined;
}
