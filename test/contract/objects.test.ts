import { afterAll, beforeAll, describe } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { CLOUD } from './endpoints.ts';
import { objectsSuite } from './objects.ts';
import { createBucket, type TestBucket } from './s3-bucket.ts';

describe('objects in memory', () => {
  const objects = memoryObjects();
  objectsSuite(() => ({ objects, root: 's3://bucket/contract/' }));
});

describe(`objects in S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(() => bucket.remove());
  objectsSuite(() => ({ objects: s3Objects(bucket.client), root: `s3://${bucket.name}/contract/` }));
});
