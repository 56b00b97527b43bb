import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { decodeAwsChunked } from './aws-chunked.ts';
import { type Checksum, type ChecksumValue, requestedAlgorithm, startChecksum } from './checksums.ts';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';

/** What arrived and is now in a file. */
export interface ReceivedBody {
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
  /** Present where the sender gave one; it was found right. */
  readonly checksum?: ChecksumValue;
}

/**
 * Streams the body of a request into a new file, whatever its size, and verifies what the sender says of it: length,
 * Content-MD5, checksum in a header or trailer. Anything wrong removes the file and throws.
 */
export async function receiveBody(request: S3Request, path: string): Promise<ReceivedBody> {
  const trailers = new Map<string, string>();
  const algorithm = requestedAlgorithm([
    ...Object.keys(request.headers),
    ...(header(request, 'x-amz-trailer') ?? '').split(','),
  ]);
  const checksum = algorithm === undefined ? undefined : startChecksum(algorithm);
  const file = await open(path, 'wx');
  try {
    const written = await write(file, bodyOf(request, trailers), checksum);
    const received: ReceivedBody = {
      ...written,
      ...(checksum !== undefined && { checksum: { algorithm: checksum.algorithm, value: checksum.digest() } }),
    };
    verify(request, trailers, received);
    return received;
  } catch (thrown) {
    await rm(path, { force: true });
    throw thrown;
  } finally {
    await file.close();
  }
}

function bodyOf(request: S3Request, trailers: Map<string, string>): AsyncIterable<Buffer> {
  const framed =
    (header(request, 'content-encoding') ?? '').includes('aws-chunked') ||
    (header(request, 'x-amz-content-sha256') ?? '').startsWith('STREAMING-');
  const arriving: AsyncIterable<Buffer> = request.message.iterator({ destroyOnReturn: false });
  return framed ? decodeAwsChunked(arriving, trailers) : arriving;
}

async function write(file: FileHandle, chunks: AsyncIterable<Buffer>, checksum: Checksum | undefined) {
  const md5 = createHash('md5');
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    md5.update(chunk);
    checksum?.update(chunk);
    sizeBytes += chunk.length;
    await file.appendFile(chunk);
  }
  return { sizeBytes, md5: md5.digest('hex') };
}

function verify(request: S3Request, trailers: ReadonlyMap<string, string>, got: ReceivedBody): void {
  const expected = header(request, 'x-amz-decoded-content-length') ?? header(request, 'content-length');
  if (expected !== undefined && Number(expected) !== got.sizeBytes) {
    throw new S3Error(400, 'IncompleteBody', `The body has ${got.sizeBytes} bytes; ${expected} were announced`);
  }
  const md5 = header(request, 'content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== got.md5) {
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (got.checksum === undefined) return;
  const name = `x-amz-checksum-${got.checksum.algorithm}`;
  if ((trailers.get(name) ?? header(request, name)) !== got.checksum.value) {
    throw new S3Error(400, 'BadDigest', `The ${got.checksum.algorithm} you specified did not match what we received.`);
  }
}
