import type { ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectBody, ObjectHead } from '#core/objects/ports.ts';

/** What is no larger costs less to read than a second request. */
export const SMALL_BYTES = 64 * 1024;

/**
 * The same objects, where one that is small is read whole when anything of it is first asked for, so that it costs one
 * request. Ranges of it are views, whatever memory is handed in for them.
 */
export function readingWhole(objects: ReadObjects, { uri, etag, sizeBytes }: ObjectHead): ReadObjects {
  if (sizeBytes > SMALL_BYTES) return objects;
  let whole: Promise<ObjectBody> | undefined;
  return {
    async get(asked, range) {
      if (asked !== uri || range?.etag !== etag) return objects.get(asked, range);
      whole ??= objects.get(uri, { start: 0, end: sizeBytes, etag, into: new Uint8Array(sizeBytes) });
      const body = await whole;
      return { ...body, bytes: body.bytes.subarray(range.start, range.end) };
    },
  };
}
