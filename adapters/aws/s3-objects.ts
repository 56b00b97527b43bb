import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { LockstepError } from '#core/errors.ts';
import type { ObjectBody, ObjectHead, ObjectRange, Objects, PutResult } from '#core/objects/ports.ts';
import { location } from './s3-location.ts';
import { statusOf, translateRefusal, wasRepeated } from './s3-refusal.ts';
import { upload } from './s3-upload.ts';

/** S3 takes at most this many keys in one request. */
const DELETE_KEYS_MAX = 1000;
/** How often a write is sent again that met another one of the same key. */
const CONFLICTS_MAX = 6;
const CONFLICT_PAUSE_MS = 100;
/** How often a body that was cut off is asked for again. */
const CUT_OFF_MAX = 2;

type Condition = NonNullable<Parameters<Objects['put']>[2]>;

/** Objects in S3. A condition that is not met is a value; an object that is not there is LS_DATA_UNREADABLE. */
export function s3Objects(client: S3Client): Objects {
  return {
    get: (uri, range) => named(uri, () => get(client, uri, range)),
    put: (uri, body, condition) => named(uri, () => put(client, uri, { body, condition })),
    upload: (uri, chunks, options) => named(uri, () => upload(client, uri, { chunks, ...options })),
    head: (uri) => named(uri, () => head(client, uri)),
    async *list(uri) {
      const { Bucket, Key } = location(uri);
      try {
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: Key })) {
          for (const one of Contents) {
            yield { uri: `s3://${Bucket}/${one.Key}`, etag: one.ETag ?? '', sizeBytes: one.Size ?? 0 };
          }
        }
      } catch (error) {
        throw translateRefusal(error, uri);
      }
    },
    async delete(uris) {
      for (const [bucket, keys] of Map.groupBy(uris.map(location), (one) => one.Bucket)) {
        for (let at = 0; at < keys.length; at += DELETE_KEYS_MAX) {
          const some = keys.slice(at, at + DELETE_KEYS_MAX).map(({ Key }) => Key);
          await named(`s3://${bucket}/`, () => deleteKeys(client, bucket, some));
        }
      }
    },
  };
}

async function get(client: S3Client, uri: string, range: ObjectRange | undefined): Promise<ObjectBody> {
  if (range !== undefined && range.end <= range.start) return nothingOf(client, uri, range);
  const input = {
    ...location(uri),
    ...(range !== undefined && { Range: `bytes=${range.start}-${range.end - 1}` }),
    ...(range?.etag !== undefined && { IfMatch: range.etag }),
  };
  try {
    const { answer, bytes } = await answered(client, input, range?.into);
    const { ETag = '', ContentRange, ContentLength = 0 } = answer;
    const sizeBytes = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
    return { uri, etag: ETag, sizeBytes, bytes };
  } catch (error) {
    if (range === undefined || statusOf(error) !== 416) throw error;
    return nothingOf(client, uri, range);
  }
}

/**
 * The answer with its bytes. The SDK repeats requests, but not one whose body was cut off: that happens to long reads, and
 * where an object was overwritten meanwhile, the next request is what says so.
 */
async function answered(client: S3Client, input: GetObjectCommandInput, into: Uint8Array | undefined) {
  for (let cut = 0; ; cut++) {
    const answer = await client.send(new GetObjectCommand(input));
    const { Body } = answer;
    try {
      const bytes = into ? await collect(Body as Readable, into) : await Body?.transformToByteArray();
      return { answer, bytes: bytes ?? new Uint8Array() };
    } catch (error) {
      if (cut === CUT_OFF_MAX) throw error;
      await sleep(CONFLICT_PAUSE_MS * (cut + Math.random()));
    }
  }
}

/** Puts a body into memory that is there already; the SDK would make its chunks an array, and that a second time whole. */
function collect(body: Readable, into: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let at = 0;
    body.on('data', (chunk: Uint8Array) => {
      try {
        into.set(chunk, at);
      } catch (error) {
        body.destroy(error as Error);
      }
      at += chunk.length;
      free(chunk);
    });
    body.once('error', reject);
    body.once('end', () => resolve(into.subarray(0, at)));
  });
}

/**
 * Gives the memory of a chunk back, where it is the chunk's alone. Left to the garbage collector, chunks of 64 KiB add up
 * to hundreds of megabytes a second, which make it run all the time.
 */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** A range that holds no byte, which HTTP cannot ask for; that the object is the one meant is still checked. */
async function nothingOf(client: S3Client, uri: string, { etag }: ObjectRange): Promise<ObjectBody> {
  const input = { ...location(uri), ...(etag !== undefined && { IfMatch: etag }) };
  const { ETag = '', ContentLength = 0 } = await client.send(new HeadObjectCommand(input));
  return { uri, etag: ETag, sizeBytes: ContentLength, bytes: new Uint8Array() };
}

interface Write {
  readonly body: Uint8Array;
  readonly condition: Condition | undefined;
}

/**
 * 412 is a condition that does not hold, 404 an object to replace that is gone, and 409 a conditional write that met
 * another one and may yet win. A write of ours whose answer was lost is found by its bytes.
 */
async function put(client: S3Client, uri: string, { body, condition }: Write): Promise<PutResult> {
  const input = { ...location(uri), Body: body, ...conditionHeader(condition) };
  for (let conflicts = 0; ; conflicts++) {
    try {
      return { won: true, etag: (await client.send(new PutObjectCommand(input))).ETag };
    } catch (error) {
      if (condition === undefined) throw error;
      if (statusOf(error) === 409 && conflicts < CONFLICTS_MAX) {
        await sleep(CONFLICT_PAUSE_MS * (conflicts + Math.random()));
        continue;
      }
      return await lost(client, uri, { error, body });
    }
  }
}

async function lost(
  client: S3Client,
  uri: string,
  { error, body }: { readonly error: unknown; readonly body: Uint8Array },
): Promise<PutResult> {
  const isRefused = [404, 409, 412].includes(statusOf(error) ?? 0) && (error as Error).name !== 'NoSuchBucket';
  if (!isRefused) throw error;
  const stored = await head(client, uri);
  if (stored === undefined) return { won: false, etag: undefined };
  const isOurs =
    wasRepeated(error) &&
    stored.sizeBytes === body.byteLength &&
    Buffer.compare((await get(client, uri, undefined)).bytes, body) === 0;
  return { won: isOurs, etag: stored.etag };
}

async function head(client: S3Client, uri: string): Promise<ObjectHead | undefined> {
  try {
    const { ETag = '', ContentLength = 0 } = await client.send(new HeadObjectCommand(location(uri)));
    return { uri, etag: ETag, sizeBytes: ContentLength };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function deleteKeys(client: S3Client, bucket: string, keys: readonly string[]): Promise<void> {
  const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
  const { Errors: [first] = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
  if (first === undefined) return;
  throw new LockstepError('LS_UNAVAILABLE', `s3://${bucket}/${first.Key} was not deleted: ${first.Message}`);
}

function conditionHeader(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return condition.ifMatch === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch };
}

async function named<T>(uri: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translateRefusal(error, uri);
  }
}
