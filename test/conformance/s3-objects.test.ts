import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD } from './endpoints.ts';
import { createBucket, refusal, type TestBucket } from './s3-bucket.ts';

describe(`objects of S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(() => bucket.remove());

  const get = (Key: string, Range?: string) =>
    bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key, ...(Range !== undefined && { Range }) }));
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

  it('gives back bytes, type and metadata, and the checksum that the SDK verifies', async () => {
    await bucket.put('a/b', 'hello world', {
      ContentType: 'text/plain',
      Metadata: { run: 'r-1' },
      CacheControl: 'no-store',
    });
    const object = await bucket.client.send(
      new GetObjectCommand({ Bucket: bucket.name, Key: 'a/b', ChecksumMode: 'ENABLED' }),
    );
    expect(await object.Body?.transformToString()).toBe('hello world');
    expect(object).toMatchObject({
      ContentType: 'text/plain',
      ContentLength: 11,
      CacheControl: 'no-store',
      Metadata: { run: 'r-1' },
      ETag: '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
      ChecksumCRC32: 'DUoRhQ==',
    });
  });

  it('takes a stream, whose checksum comes behind it', async () => {
    const chunks = [Buffer.from('abc'), Buffer.alloc(100_000, 'd'), Buffer.from('e')];
    const Body = Readable.from(chunks);
    await bucket.client.send(
      new PutObjectCommand({ Bucket: bucket.name, Key: 'stream', Body, ContentLength: 100_004 }),
    );
    expect(await bucket.text('stream')).toBe(`abc${'d'.repeat(100_000)}e`);
  });

  it('refuses a body that is not what its checksum says, and stores nothing', async () => {
    const ChecksumSHA256 = sha256(Buffer.from('something else'));
    await expect(bucket.put('damaged', 'xyz', { ChecksumSHA256 })).rejects.toMatchObject(refusal(400));
    await expect(get('damaged')).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
    await bucket.put('intact', 'xyz', { ChecksumSHA256: sha256(Buffer.from('xyz')) });
    expect(await bucket.text('intact')).toBe('xyz');
  });

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=8-400', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
  ])('reads the range %s', async (range, text, contentRange) => {
    await bucket.put('digits', '0123456789');
    const object = await get('digits', range);
    expect(await object.Body?.transformToString()).toBe(text);
    expect(object).toMatchObject({ ContentRange: contentRange, $metadata: { httpStatusCode: 206 } });
  });

  it('has no range behind the end of an object', async () => {
    await bucket.put('short', 'abc');
    await expect(get('short', 'bytes=3-5')).rejects.toMatchObject(refusal(416, 'InvalidRange'));
  });

  it('keeps 72 MB, in and out, byte for byte', async () => {
    const bytes = randomBytes(72 * 1024 * 1024);
    await bucket.put('large', bytes);
    const whole = await (await get('large')).Body?.transformToByteArray();
    expect(sha256(whole ?? new Uint8Array())).toBe(sha256(bytes));
    const tail = await (await get('large', `bytes=${bytes.length - 5}-`)).Body?.transformToByteArray();
    expect(Buffer.from(tail ?? [])).toEqual(bytes.subarray(-5));
  });

  it('keeps apart keys that a file system or a URL would confuse', async () => {
    const keys = [
      'p/../q',
      'p//q',
      'p/./q',
      'q',
      'p/q.json',
      'p/q.json/r',
      'ä ö+%20&=?.txt',
      '..',
      `long/${'x'.repeat(900)}`,
    ];
    for (const key of keys) await bucket.put(key, key);
    for (const key of keys) expect(await bucket.text(key)).toBe(key);
  });

  it('deletes many objects in one request, and none is missed that was not there', async () => {
    const keys = ['d/1', 'd/2', 'd/&<>"', 'd/never'];
    for (const key of keys.slice(0, 3)) await bucket.put(key, key);
    const Objects = keys.map((Key) => ({ Key }));
    const { Deleted, Errors } = await bucket.client.send(
      new DeleteObjectsCommand({ Bucket: bucket.name, Delete: { Objects } }),
    );
    expect(Errors).toBeUndefined();
    expect(Deleted?.map(({ Key }) => Key).sort()).toEqual([...keys].sort());
    for (const key of keys) await expect(get(key)).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
  });

  it('says what is not there: object, bucket', async () => {
    await expect(get('nothing')).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
    await expect(
      bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: 'nothing' })),
    ).rejects.toMatchObject(refusal(404, 'NotFound'));
    const Bucket = `${bucket.name}-none`;
    await expect(bucket.client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject(refusal(404));
    await expect(bucket.client.send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject(
      refusal(404, 'NoSuchBucket'),
    );
    await expect(bucket.client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject(
      refusal(404, 'NoSuchBucket'),
    );
  });
});
