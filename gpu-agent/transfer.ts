import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Objects } from '#core/objects/ports.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';

/** Bytes of one request, and requests under way at once. */
const RANGE_BYTES = 8 * 2 ** 20;
const RANGES_AT_ONCE = 4;

export interface Transfer {
  readonly uri: string;
  /** Must not exist yet. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The object must have it still: LS_INPUT_CHANGED. */
  readonly etag?: string;
}

/** Copies an object to a file range by range, so that it may be larger than memory. Answers with its sha256. */
export async function transfer(objects: Objects, { uri, path, sizeBytes, etag }: Transfer): Promise<string> {
  const hash = createHash('sha256');
  const starts = Array.from({ length: Math.ceil(sizeBytes / RANGE_BYTES) }, (_, i) => i * RANGE_BYTES);
  const range = (start: number) =>
    objects.get(uri, { start, end: Math.min(start + RANGE_BYTES, sizeBytes), ...(etag !== undefined && { etag }) });
  await using file = await open(path, 'wx');
  for await (const { bytes } of ordered(starts, RANGES_AT_ONCE, range)) {
    hash.update(bytes);
    await file.writeFile(bytes);
  }
  return hash.digest('hex');
}
