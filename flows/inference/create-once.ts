import { LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';
import { jsonBytes, readJsonIfAny } from '#formats/json/json-object.ts';

/**
 * Creates a JSON object, or answers with the one that is there: whoever comes second, comes back after a crash or never
 * heard that its write succeeded gets what was stored first. LS_UNAVAILABLE if writers stood in each other's way.
 */
export async function createOnce<T>(objects: Objects, uri: string, value: T): Promise<T> {
  const { won } = await objects.put(uri, jsonBytes(value), { ifMatch: 'absent' });
  if (won) return value;
  const stored = await readJsonIfAny<T>(objects, uri);
  if (stored) return stored.value;
  throw new LockstepError('LS_UNAVAILABLE', `${uri} could not be created, and does not exist`);
}
