import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { writeCondition } from '../conditions.ts';
import { etagOf, pinOf } from '../linked-file.ts';
import { OFFERED } from '../offered-files.ts';
import type { Operation, S3State } from '../operation.ts';
import { receiveBody } from '../receive-body.ts';
import { header, type S3Request } from '../request.ts';
import { objectHeaders, type StoredObject } from '../stored-object.ts';

export const putObject: Operation = async (state, request, response) => {
  const object = await receive(state, request);
  await commit(state, request, object, 'PutObject');
  response.writeHead(200, { etag: `"${object.etag}"`, ...checksumHeaders(object) }).end();
};

/** Makes received bytes visible, or removes them if the condition of the write does not hold. */
export async function commit(
  { store, notices }: S3State,
  request: S3Request,
  object: StoredObject,
  reason: 'PutObject' | 'CompleteMultipartUpload' | 'CopyObject',
): Promise<void> {
  try {
    store.bucket(request.bucket).commit(object, writeCondition(request));
  } catch (refused) {
    await rm(store.bodyPath(object.body), { force: true });
    throw refused;
  }
  const { key, sizeBytes, etag } = object;
  notices.announce({ bucket: request.bucket, key, sizeBytes, etag, reason });
}

/** The checksum as response headers; SDKs verify what they read against it. */
export const checksumHeaders = ({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> =>
  checksum === undefined
    ? {}
    : { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': 'FULL_OBJECT' };

async function receive({ store, offers }: S3State, request: S3Request): Promise<StoredObject> {
  store.bucket(request.bucket);
  const body = store.newBody();
  const path = store.bodyPath(body);
  const base = { key: request.key, body, headers: objectHeaders(request.headers) };
  const offer = header(request, OFFERED);
  if (offer === undefined) {
    const { md5, ...received } = await receiveBody(request, path);
    return { ...base, ...received, etag: md5, modifiedAt: Date.now() };
  }
  request.message.resume();
  offers.take(offer, path);
  const pin = pinOf(statSync(path, { bigint: true }));
  return { ...base, sizeBytes: pin.sizeBytes, etag: etagOf(pin), pin, modifiedAt: Date.now() };
}
