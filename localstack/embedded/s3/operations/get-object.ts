import { createReadStream, openSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readOutcome } from '../conditions.ts';
import type { Operation, S3State } from '../operation.ts';
import { type ByteRange, parseRange } from '../range.ts';
import { header, type S3Request } from '../request.ts';
import { noSuchKey } from '../s3-error.ts';
import type { StoredObject } from '../stored-object.ts';
import { checksumHeaders } from './put-object.ts';

/** The whole object or one range of it. */
export const getObject: Operation = async (state, request, response) => {
  const object = find(state, request);
  if (readOutcome(request, object.etag) === 'not-modified') {
    response.writeHead(304, { etag: `"${object.etag}"` }).end();
    return;
  }
  const range = parseRange(header(request, 'range'), object.sizeBytes);
  // Opened in the same breath as it was looked up: an overwrite may remove the file a moment later.
  const fd = openSync(state.store.bodyPath(object.body), 'r');
  response.writeHead(range === undefined ? 200 : 206, describe(request, object, range));
  const bounds = range === undefined ? {} : { start: range.first, end: range.last };
  await pipeline(createReadStream('', { fd, ...bounds, highWaterMark: 256 * 1024 }), response);
};

export const headObject: Operation = (state, request, response) => {
  const object = find(state, request);
  if (readOutcome(request, object.etag) === 'not-modified') {
    response.writeHead(304, { etag: `"${object.etag}"` }).end();
    return;
  }
  const range = parseRange(header(request, 'range'), object.sizeBytes);
  response.writeHead(range === undefined ? 200 : 206, describe(request, object, range)).end();
};

function find({ store }: S3State, request: S3Request): StoredObject {
  const object = store.bucket(request.bucket).get(request.key);
  if (object === undefined) throw noSuchKey();
  return object;
}

function describe(request: S3Request, object: StoredObject, range: ByteRange | undefined): Record<string, string> {
  const wholeChecksum = header(request, 'x-amz-checksum-mode') === 'ENABLED' && range === undefined;
  return {
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': String(range === undefined ? object.sizeBytes : range.last - range.first + 1),
    ...(range !== undefined && { 'content-range': `bytes ${range.first}-${range.last}/${object.sizeBytes}` }),
    ...(wholeChecksum && checksumHeaders(object)),
  };
}
