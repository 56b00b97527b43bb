import { afterAll, beforeAll, describe } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { CLOUD } from '../conformance/endpoints.ts';
import { createBucket, type TestBucket } from '../conformance/s3-bucket.ts';
import { objectsContract } from './objects-contract.ts';

describe('objects in memory', () => {
  const objects = memoryObjects();
  objectsContract(() => ({ objects, root: 's3://bucket/contract/' }));
});

describe(`objects in S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
  });
  afterAll(() => bucket.remove());
  objectsContract(() => ({ objects: s3Objects(bucket.client), root: `s3://${bucket.name}/contract/` }));
});
