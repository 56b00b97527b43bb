import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { s3UnderTest, unique } from './endpoints.ts';

/** A bucket in the cloud under test. */
export interface TestBucket {
  readonly client: S3Client;
  readonly name: string;
  /** Where the S3 that has it listens. */
  readonly url: string;
  /** Puts an object and returns its etag. */
  put(key: string, body: string | Uint8Array, more?: Partial<PutObjectCommandInput>): Promise<string>;
  text(key: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createBucket(): Promise<TestBucket> {
  const { client, url, stop } = await s3UnderTest();
  const Bucket = unique('contract');
  await client.send(new CreateBucketCommand({ Bucket }));
  return {
    ...{ client, url, name: Bucket },
    async put(Key, Body, more) {
      return (await client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).ETag ?? '';
    },
    async text(Key) {
      return (await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()) ?? '';
    },
    async remove() {
      for (;;) {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
        if (Contents.length === 0) break;
        const Objects = Contents.map(({ Key }) => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      }
      await client.send(new DeleteBucketCommand({ Bucket }));
      await stop();
    },
  };
}

/** An error of S3 with this HTTP status, and this name where one is given. */
export const refusal = (httpStatusCode: number, name?: string) => ({
  $metadata: { httpStatusCode },
  ...(name !== undefined && { name }),
});
