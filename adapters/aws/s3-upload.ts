import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectHead, UploadOptions } from '#core/objects/ports.ts';
import { location } from './s3-location.ts';

const MIB = 2 ** 20;
/** Parts under way at once: with the part that is being filled, what an upload keeps in memory. */
const PARTS_AT_ONCE = 4;
const PART_BYTES_MIN = 8 * MIB;
/** Where the size is not known, parts that reach 160 GB. */
const PART_BYTES_UNKNOWN = 16 * MIB;
/** S3 takes 10,000 parts an object. */
const PARTS_MAX = 9_500;

interface Source extends UploadOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Writes an object in parts, or by one request where it is no larger than a part. Parts of a failed one are removed. */
export async function upload(
  client: S3Client,
  uri: string,
  { chunks, sizeBytes, signal }: Source,
): Promise<ObjectHead> {
  let written = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      written += chunk.byteLength;
      yield chunk;
    }
  }
  // Loaded when it is needed: most programs that use S3 never upload anything large.
  const { Upload } = await import('./managed-upload.ts');
  const transfer = new Upload({
    client,
    params: { ...location(uri), Body: Readable.from(counted(), { objectMode: false }) },
    queueSize: PARTS_AT_ONCE,
    partSize: partBytes(sizeBytes),
  });
  const abort = () => void transfer.abort();
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const { ETag = '' } = await transfer.done();
    return { uri, etag: ETag, sizeBytes: written };
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

const partBytes = (sizeBytes: number | undefined): number =>
  sizeBytes === undefined ? PART_BYTES_UNKNOWN : Math.max(PART_BYTES_MIN, Math.ceil(sizeBytes / PARTS_MAX));
