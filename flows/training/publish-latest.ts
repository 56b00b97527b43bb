import { LockstepError } from '#core/errors.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { isBehind, type Published } from '#core/training/published.ts';
import { jsonBytes, readJsonIfAny } from '#formats/json/json-object.ts';

/** What moving the pointer needs of the world; `bucket` is the name of the data bucket. */
export interface PointerPorts {
  readonly objects: Objects;
  readonly bucket: string;
}

const TRIES = 10;

/**
 * Moves `models/<name>/LATEST.json` on to this model, and never back: the pointer of a run that was queued later stays.
 * Answers with the pointer as it is then, of whichever run. A lost race is looked at again.
 */
export async function pointLatest({ objects, bucket }: PointerPorts, pointer: Published): Promise<Published> {
  const uri = sharedObjects(bucket).published(pointer.name);
  for (let tries = 0; tries < TRIES; tries++) {
    const current = await readJsonIfAny<Published>(objects, uri);
    if (current !== undefined && !isBehind(current.value, pointer)) return current.value;
    const { won } = await objects.put(uri, jsonBytes(pointer), { ifMatch: current?.etag ?? 'absent' });
    if (won) return pointer;
  }
  throw new LockstepError('LS_UNAVAILABLE', `${uri} was changed by others ${TRIES} times in a row`);
}
