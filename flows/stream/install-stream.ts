import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { StreamJob } from '#core/job/job.ts';
import { publishedName } from '#core/job/remote.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, streamObjects } from '#core/objects/addresses.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import type { RunPorts } from '../runs/ports.ts';
import { checkPublished } from '../runs/published-models.ts';

export interface InstalledStream {
  readonly name: string;
  /** An object, or a published model. */
  readonly model: string;
  /** What is put here is a record. */
  readonly arrivals: string;
}

/**
 * Makes a job the one of the deployed stream of its name, which takes it up within a minute. A model that is brought along is
 * kept beside it. LS_MODEL_UNREADABLE.
 */
export async function installStream(
  { objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>,
  given: StreamJob,
  bytes: Uint8Array | undefined,
): Promise<InstalledStream> {
  const { local: _, watch: __, output, ...job } = given;
  const at = streamObjects(bucket, job.name);
  const name = publishedName(job.model);
  let { model } = job;
  if (bytes !== undefined) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    model = at.model(sha256, job.predict.kind === 'module' ? 'mjs' : 'onnx');
    await objects.put(model, bytes);
  } else if (name !== undefined) await checkPublished({ objects, bucket }, name);
  else if ((await objects.head(model)) === undefined) {
    throw new LockstepError('LS_MODEL_UNREADABLE', `there is no object ${model}`);
  }
  await objects.put(at.job, jsonBytes({ ...job, model, output: { keep: output.keep } }));
  return { name: job.name, model, arrivals: objectUri(bucket, OBJECTS.streamArrivals(job.name)) };
}
