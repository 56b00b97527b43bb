import { constants, statSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { bare } from '../conditions.ts';
import { requireUnchanged } from '../linked-file.ts';
import type { Operation, S3State } from '../operation.ts';
import { header, type S3Request } from '../request.ts';
import { noSuchKey, preconditionFailed, S3Error } from '../s3-error.ts';
import { objectHeaders, type StoredObject } from '../stored-object.ts';
import { sendXml } from '../xml.ts';
import { commit } from './put-object.ts';

export const copyObject: Operation = async (state, request, response) => {
  const { store } = state;
  const from = source(request);
  const original = store.bucket(from.bucket).get(from.key);
  if (original === undefined) throw noSuchKey();
  const ifMatch = header(request, 'x-amz-copy-source-if-match');
  if (ifMatch !== undefined && bare(ifMatch) !== original.etag) throw preconditionFailed();
  store.bucket(request.bucket);

  const body = store.newBody();
  await copyBody(state, original, store.bodyPath(body));
  const replaced = header(request, 'x-amz-metadata-directive') === 'REPLACE';
  const headers = replaced ? objectHeaders(request.headers) : original.headers;
  // The bytes are the store's own now, also where the original's are a file of the user's.
  const { pin: _, ...unpinned } = original;
  const copy = { ...unpinned, key: request.key, body, headers, modifiedAt: Date.now() };
  await commit(state, request, copy, 'CopyObject');
  sendXml(response, 'CopyObjectResult', {
    ETag: `"${copy.etag}"`,
    LastModified: new Date(copy.modifiedAt).toISOString(),
  });
};

async function copyBody({ store }: S3State, { body, pin }: StoredObject, to: string): Promise<void> {
  const from = store.bodyPath(body);
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  try {
    requireUnchanged(pin, () => statSync(from, { bigint: true }));
  } catch (changed) {
    await rm(to, { force: true });
    throw changed;
  }
}

/** `/<bucket>/<key>`, percent-encoded, with or without the first slash. */
function source(request: S3Request): { readonly bucket: string; readonly key: string } {
  const path = decodeURIComponent(header(request, 'x-amz-copy-source') ?? '').replace(/^\//, '');
  const slash = path.indexOf('/');
  if (slash < 1) throw new S3Error(400, 'InvalidArgument', 'Copy Source must mention the source bucket and key');
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}
