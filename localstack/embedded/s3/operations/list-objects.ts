import type { Bucket } from '../bucket.ts';
import { listPage } from '../list-page.ts';
import type { Operation } from '../operation.ts';
import { S3Error } from '../s3-error.ts';
import { sendXml } from '../xml.ts';

const MOST_KEYS = 1000;

/** ListObjectsV2. */
export const listObjects: Operation = ({ store }, { bucket: name, query }, response) => {
  const bucket = store.bucket(name);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const limit = pageLimit(query.get('max-keys'));
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = token === undefined ? (startAfter ?? '') : fromToken(token);
  const page = listPage(bucket.keys(), { prefix, delimiter, after, limit });
  const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;

  sendXml(response, 'ListBucketResult', {
    Name: name,
    Prefix: encode(prefix),
    ...(delimiter !== '' && { Delimiter: encode(delimiter) }),
    ...(startAfter !== undefined && { StartAfter: encode(startAfter) }),
    EncodingType: query.get('encoding-type'),
    MaxKeys: limit,
    KeyCount: page.keys.length + page.prefixes.length,
    IsTruncated: page.next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: page.next === undefined ? undefined : toToken(page.next),
    Contents: page.keys.map((key) => describe(bucket, key, encode)),
    CommonPrefixes: page.prefixes.map((one) => ({ Prefix: encode(one) })),
  });
};

function describe(bucket: Bucket, key: string, encode: (key: string) => string) {
  const object = bucket.get(key);
  return {
    Key: encode(key),
    LastModified: new Date(object?.modifiedAt ?? 0).toISOString(),
    ETag: `"${object?.etag}"`,
    Size: object?.sizeBytes,
    StorageClass: 'STANDARD',
  };
}

function pageLimit(maxKeys: string | undefined): number {
  if (maxKeys === undefined) return MOST_KEYS;
  if (!/^\d+$/.test(maxKeys)) throw new S3Error(400, 'InvalidArgument', 'Provided max-keys not an integer');
  return Math.min(Number(maxKeys), MOST_KEYS);
}

const encodeKey = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
const toToken = (key: string) => Buffer.from(key).toString('base64url');

function fromToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (toToken(key) !== token) {
    throw new S3Error(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  }
  return key;
}
