import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { readBody } from '../../http/body.ts';
import { bare } from '../conditions.ts';
import type { MultipartUpload, UploadedPart } from '../multipart-uploads.ts';
import type { Operation } from '../operation.ts';
import { receiveBody } from '../receive-body.ts';
import type { S3Request } from '../request.ts';
import { malformedXml, S3Error } from '../s3-error.ts';
import { objectHeaders } from '../stored-object.ts';
import { elements, sendXml, unescapeXml } from '../xml.ts';
import { checksumHeaders, commit } from './put-object.ts';

const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

export const createMultipartUpload: Operation = ({ store, uploads }, request, response) => {
  const { bucket, key } = request;
  store.bucket(bucket);
  const upload = uploads.begin({ bucket, key, headers: objectHeaders(request.headers) });
  sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload.id });
};

export const uploadPart: Operation = async ({ uploads }, request, response) => {
  const upload = uploads.find(uploadId(request), request);
  const number = Number(request.query.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) {
    throw new S3Error(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const path = uploads.newPartPath(upload);
  const received = await receiveBody(request, path);
  upload.parts.set(number, { path, sizeBytes: received.sizeBytes, etag: received.md5 });
  response.writeHead(200, { etag: `"${received.md5}"`, ...checksumHeaders(received) }).end();
};

/** A refused condition leaves the upload as it is, to be completed again or aborted. */
export const completeMultipartUpload: Operation = async (state, request, response) => {
  const upload = state.uploads.find(uploadId(request), request);
  const parts = chosenParts(upload, (await readBody(request.message)).toString());
  const body = state.store.newBody();
  await concatenate(parts, state.store.bodyPath(body));
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  const object = {
    key: upload.key,
    body,
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    etag: `${createHash('md5').update(md5s).digest('hex')}-${parts.length}`,
    modifiedAt: Date.now(),
    headers: upload.headers,
  };
  await commit(state, request, object, 'CompleteMultipartUpload');
  state.uploads.end(upload);
  sendXml(response, 'CompleteMultipartUploadResult', {
    Location: `http://${request.headers.host}/${upload.bucket}/${upload.key}`,
    Bucket: upload.bucket,
    Key: upload.key,
    ETag: `"${object.etag}"`,
  });
};

export const abortMultipartUpload: Operation = ({ uploads }, request, response) => {
  uploads.end(uploads.find(uploadId(request), request));
  response.writeHead(204).end();
};

const uploadId = (request: S3Request) => request.query.get('uploadId') ?? '';

/** The parts that the request lists, in ascending order, each as it was uploaded last. */
function chosenParts(upload: MultipartUpload, xml: string): readonly UploadedPart[] {
  const listed = elements(xml, 'Part').map((part) => ({
    number: Number(elements(part, 'PartNumber')[0]),
    etag: bare(unescapeXml(elements(part, 'ETag')[0] ?? '')),
  }));
  if (listed.length === 0) throw malformedXml();
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0))) {
    throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  return listed.map(({ number, etag }, index) => {
    const part = upload.parts.get(number);
    if (part === undefined || part.etag !== etag) {
      throw new S3Error(400, 'InvalidPart', `Part ${number} could not be found, or its entity tag did not match.`);
    }
    if (index < listed.length - 1 && part.sizeBytes < SMALLEST_PART_BYTES) {
      throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    }
    return part;
  });
}

async function concatenate(parts: readonly UploadedPart[], path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const part of parts) {
      for await (const chunk of createReadStream(part.path, { highWaterMark: 1024 * 1024 })) {
        await file.appendFile(chunk);
      }
    }
  } finally {
    await file.close();
  }
}
