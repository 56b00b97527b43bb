import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD } from './endpoints.ts';
import { race } from './race.ts';
import { createBucket, refusal, type TestBucket } from './s3-bucket.ts';

describe(`conditional requests of S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(() => bucket.remove());

  it('creates an object once', async () => {
    await bucket.put('once', 'first', { IfNoneMatch: '*' });
    await expect(bucket.put('once', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject(
      refusal(412, 'PreconditionFailed'),
    );
    expect(await bucket.text('once')).toBe('first');
  });

  it('lets exactly one of 24 racing creators win, and keeps what that one wrote', async () => {
    const { won, lost } = await race(24, async (index) => {
      await bucket.put('race', `writer ${index}`, { IfNoneMatch: '*' });
      return `writer ${index}`;
    });
    expect(won).toEqual([await bucket.text('race')]);
    for (const error of lost)
      expect([409, 412]).toContain((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode);
  });

  it('replaces the version that was read, and no other', async () => {
    const first = await bucket.put('pointer', 'one');
    const second = await bucket.put('pointer', 'two', { IfMatch: first });
    await expect(bucket.put('pointer', 'three', { IfMatch: first })).rejects.toMatchObject(refusal(412));
    expect(await bucket.text('pointer')).toBe('two');
    await bucket.put('pointer', 'three', { IfMatch: second });
    expect(await bucket.text('pointer')).toBe('three');
  });

  it('lets exactly one of 24 that replace the same version win', async () => {
    const etag = await bucket.put('swap', 'start');
    const { won } = await race(24, async (index) => {
      await bucket.put('swap', `writer ${index}`, { IfMatch: etag });
      return `writer ${index}`;
    });
    expect(won).toEqual([await bucket.text('swap')]);
  });

  it('has nothing to replace where there is no object', async () => {
    const etag = await bucket.put('other', 'x');
    await expect(bucket.put('missing', 'x', { IfMatch: etag })).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
  });

  it('takes the same conditions for the deletion of an object', async () => {
    const old = await bucket.put('doomed', 'one');
    await bucket.put('doomed', 'two');
    const input = { Bucket: bucket.name, Key: 'doomed' };
    await expect(bucket.client.send(new DeleteObjectCommand({ ...input, IfMatch: old }))).rejects.toMatchObject(
      refusal(412),
    );
    expect(await bucket.text('doomed')).toBe('two');
  });

  it('reads a version only as long as it is the one that was named', async () => {
    const etag = await bucket.put('pinned', '0123456789');
    const get = () =>
      bucket.client.send(
        new GetObjectCommand({ Bucket: bucket.name, Key: 'pinned', Range: 'bytes=2-4', IfMatch: etag }),
      );
    expect(await (await get()).Body?.transformToString()).toBe('234');
    await bucket.put('pinned', 'overwritten');
    await expect(get()).rejects.toMatchObject(refusal(412, 'PreconditionFailed'));
  });

  it('answers 304 for a version that the caller has', async () => {
    const IfNoneMatch = await bucket.put('cached', 'x');
    const input = { Bucket: bucket.name, Key: 'cached', IfNoneMatch };
    await expect(bucket.client.send(new GetObjectCommand(input))).rejects.toMatchObject(refusal(304));
    await expect(bucket.client.send(new HeadObjectCommand(input))).rejects.toMatchObject(refusal(304));
  });

  it('copies the version that was named, and not over an object that must not be there', async () => {
    const etag = await bucket.put('source', 'original');
    const input = { Bucket: bucket.name, Key: 'copied', CopySource: `${bucket.name}/source` };
    await bucket.client.send(new CopyObjectCommand({ ...input, CopySourceIfMatch: etag }));
    expect(await bucket.text('copied')).toBe('original');
    await bucket.put('source', 'changed');
    await expect(
      bucket.client.send(new CopyObjectCommand({ ...input, CopySourceIfMatch: etag })),
    ).rejects.toMatchObject(refusal(412));
    expect(await bucket.text('copied')).toBe('original');
  });
});
