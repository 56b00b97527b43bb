import { LockstepError } from '#core/errors.ts';
import type { StreamJob } from '#core/job/job.ts';
import { publishedName } from '#core/job/remote.ts';
import { sharedObjects, streamObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock } from '#core/system/ports.ts';
import type { Published } from '#core/training/published.ts';
import { remoteStreamJob } from '#formats/job/stream-job.ts';
import { readJsonIfAny, textIfAny } from '#formats/json/json-object.ts';

/** How long a new document, or a model that was published anew, may go unnoticed. */
const KNOWN_MS = 60_000;

export interface CurrentJobPorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly clock: Clock;
}

/**
 * The job of a deployed stream as it is now, with the model that a published name stands for now. Read anew once a minute.
 * LS_JOB_NOT_FOUND before anybody has installed one, LS_JOB_INVALID, LS_MODEL_UNREADABLE.
 */
export function currentJob(place: CurrentJobPorts, stream: string): () => Promise<StreamJob> {
  let known: { readonly job: Promise<StreamJob>; readonly sinceMs: number } | undefined;
  return () => {
    const nowMs = place.clock.monotonicMs();
    if (known === undefined || nowMs - known.sinceMs > KNOWN_MS) {
      const job = readJob(place, stream);
      known = { job, sinceMs: nowMs };
      job.catch(() => {
        known = undefined;
      });
    }
    return known.job;
  };
}

async function readJob({ objects, bucket }: CurrentJobPorts, stream: string): Promise<StreamJob> {
  const uri = streamObjects(bucket, stream).job;
  const text = await textIfAny(objects, uri);
  if (text === undefined) {
    throw new LockstepError('LS_JOB_NOT_FOUND', `the stream ${stream} has no job: ${uri} is missing`, {
      remedy: `Install one with \`lockstep stream JOB.yaml --stack NAME\`, for a job that is named ${stream}.`,
    });
  }
  const job = remoteStreamJob(text, uri);
  const name = publishedName(job.model);
  if (name === undefined) return job;
  const pointer = await readJsonIfAny<Published>(objects, sharedObjects(bucket).published(name));
  if (pointer) return { ...job, model: pointer.value.model.uri };
  throw new LockstepError('LS_MODEL_UNREADABLE', `no training job has published a model named \`${name}\``, {
    remedy: `Train it first: a training job with \`publish: ${name}\`, or of that name, publishes it.`,
  });
}
