import type { Operation } from './operation.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './operations/buckets.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-objects.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { listObjects } from './operations/list-objects.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  uploadPart,
} from './operations/multipart.ts';
import { putObject } from './operations/put-object.ts';
import { header, type S3Request } from './request.ts';
import { notImplemented } from './s3-error.ts';

interface Route {
  readonly on: 'service' | 'bucket' | 'object';
  readonly method: string;
  /** Query parameters that make it this operation and no other. */
  readonly needs?: readonly string[];
  /** Query parameters that it understands besides. */
  readonly knows?: readonly string[];
  readonly run: Operation;
}

const LIST = ['prefix', 'delimiter', 'max-keys', 'continuation-token', 'start-after', 'encoding-type', 'fetch-owner'];

const ROUTES: readonly Route[] = [
  { on: 'service', method: 'GET', run: listBuckets },
  { on: 'bucket', method: 'PUT', run: createBucket },
  { on: 'bucket', method: 'HEAD', run: headBucket },
  { on: 'bucket', method: 'DELETE', run: deleteBucket },
  { on: 'bucket', method: 'GET', needs: ['location'], run: getBucketLocation },
  { on: 'bucket', method: 'GET', needs: ['list-type'], knows: LIST, run: listObjects },
  { on: 'bucket', method: 'POST', needs: ['delete'], run: deleteObjects },
  { on: 'object', method: 'PUT', needs: ['uploadId', 'partNumber'], run: uploadPart },
  { on: 'object', method: 'POST', needs: ['uploads'], run: createMultipartUpload },
  { on: 'object', method: 'POST', needs: ['uploadId'], run: completeMultipartUpload },
  { on: 'object', method: 'DELETE', needs: ['uploadId'], run: abortMultipartUpload },
  { on: 'object', method: 'DELETE', run: deleteObject },
  { on: 'object', method: 'GET', run: getObject },
  { on: 'object', method: 'HEAD', run: headObject },
];

/** Headers that change what a request means and that nothing here acts on. */
const REFUSED_HEADERS = [
  'x-amz-tagging',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-copy-source-range',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-unmodified-since',
  'if-modified-since',
  'if-unmodified-since',
];

/** `x-id` names the operation for people, `X-Amz-*` is the signature of a presigned address. */
const MEANINGLESS = /^(x-id$|x-amz-)/i;

/** The operation that a request asks for; 501 for one that is not here, never a neighbour of it. */
export function operationOf(request: S3Request): Operation {
  const on = request.bucket === '' ? 'service' : request.key === '' ? 'bucket' : 'object';
  const refused = REFUSED_HEADERS.find((name) => header(request, name) !== undefined);
  if (refused !== undefined) throw notImplemented(`The header ${refused}`);

  const parameters = [...request.query.keys()].filter((name) => !MEANINGLESS.test(name));
  if (on === 'object' && request.method === 'PUT' && parameters.length === 0) {
    return header(request, 'x-amz-copy-source') === undefined ? putObject : copyObject;
  }
  if (header(request, 'x-amz-copy-source') !== undefined) throw notImplemented('UploadPartCopy');
  const route = ROUTES.find(
    ({ needs = [], knows = [], ...candidate }) =>
      candidate.on === on &&
      candidate.method === request.method &&
      needs.every((name) => parameters.includes(name)) &&
      parameters.every((name) => needs.includes(name) || knows.includes(name)),
  );
  if (route === undefined) throw notImplemented(`${request.method} of the ${on} with [${parameters.join(', ')}]`);
  return route.run;
}
