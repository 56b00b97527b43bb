import { close, fstatSync, openSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { LEND, LENT } from '#adapters/aws/lent-objects.ts';
import { readOutcome } from '../conditions.ts';
import { requireUnchanged } from '../linked-file.ts';
import type { Operation, S3State } from '../operation.ts';
import { type ByteRange, parseRange } from '../range.ts';
import { header, type S3Request } from '../request.ts';
import { noSuchKey } from '../s3-error.ts';
import { sendFile } from '../send-file.ts';
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
  if (header(request, LEND) !== undefined) return lend(state, { request, object, range }, response);
  // Opened in the same breath as it was looked up: an overwrite may remove the file a moment later.
  const fd = openSync(state.store.bodyPath(object.body), 'r');
  const unchanged = () => requireUnchanged(object.pin, () => fstatSync(fd, { bigint: true }));
  try {
    unchanged();
    response.writeHead(range === undefined ? 200 : 206, describe(request, object, range));
    await sendFile(response, { fd, ...(range ?? { first: 0, last: object.sizeBytes - 1 }) }, unchanged);
  } finally {
    close(fd);
  }
};

/** Names the file in place of its bytes, to a client that reads it by itself and then looks whether it is still the same. */
function lend(
  { store }: S3State,
  { request, object, range }: { request: S3Request; object: StoredObject; range: ByteRange | undefined },
  response: ServerResponse,
): void {
  requireUnchanged(object.pin, () => statSync(store.bodyPath(object.body), { bigint: true }));
  response
    .writeHead(range === undefined ? 200 : 206, {
      ...describe(request, object, range),
      'content-length': '0',
      [LENT.size]: String(object.sizeBytes),
      [LENT.file]: object.body,
      ...(object.pin && { [LENT.pin]: `${object.pin.file} ${object.pin.sizeBytes} ${object.pin.modifiedNs}` }),
    })
    .end();
}

export const headObject: Operation = (state, request, response) => {
  const object = find(state, request);
  requireUnchanged(object.pin, () => statSync(state.store.bodyPath(object.body), { bigint: true }));
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
