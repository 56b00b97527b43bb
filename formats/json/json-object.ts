import { LockstepError } from '#core/errors.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';

/** A JSON value that lies in an object, with the object's etag. */
export interface JsonObject<T> extends ObjectHead {
  readonly value: T;
}

/** Reads an object that Lockstep itself wrote: `T` is trusted. LS_DATA_UNREADABLE where it is not JSON. */
export async function readJson<T>(objects: Objects, uri: string): Promise<JsonObject<T>> {
  const { bytes, ...head } = await objects.get(uri);
  try {
    return { ...head, value: JSON.parse(Buffer.from(bytes).toString('utf8')) as T };
  } catch (cause) {
    throw new LockstepError('LS_DATA_UNREADABLE', `${uri}: expected JSON, got ${bytes.byteLength} other bytes`, {
      cause,
    });
  }
}

/** The same, or undefined where there is no such object. */
export async function readJsonIfAny<T>(objects: Objects, uri: string): Promise<JsonObject<T> | undefined> {
  return (await objects.head(uri)) === undefined ? undefined : readJson<T>(objects, uri);
}

/** Text of an object, whoever wrote it; undefined where there is none. */
export async function textIfAny(objects: Objects, uri: string): Promise<string | undefined> {
  if ((await objects.head(uri)) === undefined) return undefined;
  return Buffer.from((await objects.get(uri)).bytes).toString('utf8');
}

/** Bytes of a value, with a line end, so that the object is pleasant to read in a terminal. */
export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
