import { LockstepError } from '#core/errors.ts';
import { location, objectUri } from '#core/objects/addresses.ts';
import type { Published } from '#core/training/published.ts';
import { pointLatest } from '#flows/training/publish-latest.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { chunksOf } from '../run/local-inputs.ts';
import { hashed } from './hashed.ts';
import type { KeptModel } from './kept-models.ts';

/**
 * Publishes a kept model in a local cloud, which does not know it or knows one of an earlier run; one of a later run
 * stays. The manifest of its run and what else that run left stay where they are, on this machine.
 */
export async function offerKept(
  cloud: Pick<Cloud, 'objects' | 'bucket'>,
  kept: KeptModel,
  signal: AbortSignal,
): Promise<void> {
  const pointer = inBucket(kept.pointer, cloud.bucket);
  const { uri, sizeBytes, sha256 } = pointer.model;
  if ((await cloud.objects.head(uri)) === undefined) {
    const damaged = (got: string) =>
      new LockstepError('LS_MODEL_UNREADABLE', `${kept.file}: expected sha256 ${sha256}, got ${got}`, {
        remedy: `Remove it with \`lockstep models rm ${pointer.name}@${pointer.runId}\`, and train again.`,
      });
    await cloud.objects.upload(uri, hashed(chunksOf(kept.file), sha256, damaged), { sizeBytes, signal });
  }
  await pointLatest(cloud, pointer);
}

/** The same object in this bucket: its name follows from the template, and another version's may differ. */
function inBucket(pointer: Published, bucket: string): Published {
  const moved = (uri: string) => objectUri(bucket, location(uri).key);
  return {
    ...pointer,
    manifestUri: moved(pointer.manifestUri),
    model: { ...pointer.model, uri: moved(pointer.model.uri) },
  };
}
