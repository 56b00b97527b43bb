import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { publishedName } from '#core/job/remote.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import type { Published } from '#core/training/published.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';

/**
 * What a job means by `model`, pinned by its hash: an object, or the model that a training job of a name published
 * last. LS_MODEL_UNREADABLE if there is none.
 */
export async function resolveModel(objects: Objects, bucket: string, model: string): Promise<ObjectRef> {
  const name = publishedName(model);
  if (name !== undefined) {
    const pointer = await readJsonIfAny<Published>(objects, sharedObjects(bucket).published(name));
    if (pointer) return pointer.value.model;
    throw new LockstepError('LS_MODEL_UNREADABLE', `no training job has published a model named \`${name}\``, {
      remedy: `Train it first: a training job with \`publish: ${name}\`, or of that name, publishes it.`,
    });
  }
  const bytes = await modelBytes(objects, model);
  return { uri: model, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function modelBytes(objects: Objects, uri: string): Promise<Uint8Array> {
  try {
    return (await objects.get(uri)).bytes;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_DATA_UNREADABLE') throw error;
    throw new LockstepError('LS_MODEL_UNREADABLE', `the model cannot be read: ${error.message}`, { cause: error });
  }
}
