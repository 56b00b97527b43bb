import { randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD } from './endpoints.ts';
import { race } from './race.ts';
import { createBucket, refusal, type TestBucket } from './s3-bucket.ts';

const PART_BYTES = 5 * 1024 * 1024;

describe(`multipart uploads to S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(() => bucket.remove());

  async function begin(Key: string) {
    const at = { Bucket: bucket.name, Key };
    const { UploadId } = await bucket.client.send(new CreateMultipartUploadCommand(at));
    return { ...at, UploadId };
  }
  async function upload(to: Awaited<ReturnType<typeof begin>>, PartNumber: number, Body: Uint8Array) {
    const { ETag } = await bucket.client.send(new UploadPartCommand({ ...to, PartNumber, Body }));
    return { PartNumber, ETag };
  }

  it('joins the parts in their order, however they arrive', async () => {
    const to = await begin('joined');
    const [first, second] = [randomBytes(PART_BYTES), randomBytes(1000)];
    await upload(to, 2, randomBytes(10));
    const Parts = [await upload(to, 2, second), await upload(to, 1, first)].reverse();
    const { ETag } = await bucket.client.send(
      new CompleteMultipartUploadCommand({ ...to, MultipartUpload: { Parts } }),
    );
    expect(ETag).toMatch(/-2"$/);
    const object = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: 'joined' }));
    expect(
      Buffer.compare((await object.Body?.transformToByteArray()) ?? Buffer.alloc(0), Buffer.concat([first, second])),
    ).toBe(0);
    expect(object.ETag).toBe(ETag);
  });

  it('lets exactly one of 8 racing completions create the object', async () => {
    const uploads = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const to = await begin('raced');
        return { to, Parts: [await upload(to, 1, Buffer.from(`writer ${index}`))] };
      }),
    );
    const { won, lost } = await race(8, async (index) => {
      const { to, Parts } = uploads[index] as (typeof uploads)[number];
      await bucket.client.send(
        new CompleteMultipartUploadCommand({ ...to, MultipartUpload: { Parts }, IfNoneMatch: '*' }),
      );
      return `writer ${index}`;
    });
    expect(won).toEqual([await bucket.text('raced')]);
    expect(lost).toHaveLength(7);
  });

  it('refuses parts that were not uploaded, too small ones, and an upload that is over', async () => {
    const to = await begin('refused');
    const small = [await upload(to, 1, Buffer.from('a')), await upload(to, 2, Buffer.from('b'))];
    const complete = (Parts: typeof small) =>
      bucket.client.send(new CompleteMultipartUploadCommand({ ...to, MultipartUpload: { Parts } }));
    await expect(complete(small)).rejects.toMatchObject(refusal(400, 'EntityTooSmall'));
    await expect(complete([{ PartNumber: 1, ETag: '"0"' }])).rejects.toMatchObject(refusal(400, 'InvalidPart'));
    await expect(complete([...small].reverse())).rejects.toMatchObject(refusal(400, 'InvalidPartOrder'));
    await bucket.client.send(new AbortMultipartUploadCommand(to));
    await expect(upload(to, 1, Buffer.from('a'))).rejects.toMatchObject(refusal(404, 'NoSuchUpload'));
    await expect(
      bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: 'refused' })),
    ).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
  });
});
