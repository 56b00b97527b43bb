import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LockstepError } from '#core/errors.ts';
import type { Objects, PutResult } from '#core/ports.ts';

/** S3 takes at most this many keys in one request. */
const DELETE_KEYS_MAX = 1000;

/** Objects in S3. A condition that is not met is a value; an object that is not there is LS_DATA_UNREADABLE. */
export function s3Objects(client: S3Client): Objects {
  return {
    async get(uri, range) {
      const input = {
        ...location(uri),
        ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }),
        ...(range?.etag === undefined ? {} : { IfMatch: range.etag }),
      };
      try {
        const { Body, ETag = '', ContentRange, ContentLength = 0 } = await client.send(new GetObjectCommand(input));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        const sizeBytes = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
        return { uri, etag: ETag, sizeBytes, bytes };
      } catch (error) {
        throw translate(error, uri);
      }
    },
    async put(uri, body, condition) {
      const input = { ...location(uri), Body: body, ...conditionHeader(condition) };
      return await conditional(async () => (await client.send(new PutObjectCommand(input))).ETag);
    },
    async head(uri) {
      try {
        const { ETag = '', ContentLength = 0 } = await client.send(new HeadObjectCommand(location(uri)));
        return { uri, etag: ETag, sizeBytes: ContentLength };
      } catch (error) {
        if (error instanceof NotFound || statusOf(error) === 404) return undefined;
        throw translate(error, uri);
      }
    },
    async *list(uri) {
      const { Bucket, Key } = location(uri);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: Key })) {
        for (const one of Contents) {
          yield { uri: `s3://${Bucket}/${one.Key}`, etag: one.ETag ?? '', sizeBytes: one.Size ?? 0 };
        }
      }
    },
    async delete(uris) {
      const buckets = Map.groupBy(uris.map(location), (one) => one.Bucket);
      for (const [Bucket, keys] of buckets) {
        for (let at = 0; at < keys.length; at += DELETE_KEYS_MAX) {
          const some = keys.slice(at, at + DELETE_KEYS_MAX).map(({ Key }) => ({ Key }));
          await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: some, Quiet: true } }));
        }
      }
    },
  };
}

function location(uri: string): { readonly Bucket: string; readonly Key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new LockstepError('LS_DATA_UNREADABLE', `expected a URI like s3://bucket/key, got ${JSON.stringify(uri)}`);
  }
  return { Bucket: bucket, Key: key };
}

function conditionHeader(condition: { readonly ifMatch: string } | undefined) {
  if (condition === undefined) return {};
  return condition.ifMatch === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

/** 412 is a condition that does not hold, 409 a race with another conditional write, 404 an object to replace that is gone. */
async function conditional(put: () => Promise<string | undefined>): Promise<PutResult> {
  try {
    return { won: true, etag: await put() };
  } catch (error) {
    if (![404, 409, 412].includes(statusOf(error) ?? 0)) throw error;
    if (error instanceof Error && error.name === 'NoSuchBucket') throw error;
    return { won: false, etag: undefined };
  }
}

function translate(error: unknown, uri: string): unknown {
  const status = statusOf(error);
  if (status === 412) return new LockstepError('LS_INPUT_CHANGED', `${uri} was overwritten`, { cause: error });
  if (error instanceof NoSuchKey || status === 404 || status === 403) {
    const reason = status === 403 ? 'may not be read' : 'does not exist';
    return new LockstepError('LS_DATA_UNREADABLE', `${uri} ${reason}`, { cause: error });
  }
  return error;
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
