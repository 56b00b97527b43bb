import { ListObjectsV2Command, type ListObjectsV2CommandInput, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD } from './endpoints.ts';
import { createBucket, type TestBucket } from './s3-bucket.ts';

/** In the order of their bytes, which is not that of any dictionary. */
const KEYS = [
  'runs/A',
  'runs/B/1',
  'runs/B/2',
  'runs/Z',
  'runs/_SUCCESS',
  'runs/a',
  'runs/b/1',
  'runs/é',
  'runs/\u{FF5E}',
  'runs/\u{1F600}',
];

describe(`listings of S3 (${CLOUD})`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await createBucket();
    for (const key of [...KEYS, 'other']) await bucket.put(key, key);
  });
  afterAll(() => bucket.remove());

  async function pages(input: Omit<ListObjectsV2CommandInput, 'Bucket'>) {
    const found: { keys: (string | undefined)[]; prefixes: (string | undefined)[] }[] = [];
    for await (const { Contents = [], CommonPrefixes = [] } of paginateListObjectsV2(
      { client: bucket.client },
      { ...input, Bucket: bucket.name },
    )) {
      found.push({ keys: Contents.map(({ Key }) => Key), prefixes: CommonPrefixes.map(({ Prefix }) => Prefix) });
    }
    return found;
  }

  it.each([1, 3, 4, 1000])('names every key of a prefix once, in pages of %i', async (MaxKeys) => {
    const found = await pages({ Prefix: 'runs/', MaxKeys });
    expect(found.flatMap(({ keys }) => keys)).toEqual(KEYS);
    expect(found.length).toBeLessThanOrEqual(Math.ceil(KEYS.length / MaxKeys) + 1);
  });

  it.each([1, 2, 1000])('folds what lies below a delimiter, in pages of %i', async (MaxKeys) => {
    const found = await pages({ Prefix: 'runs/', Delimiter: '/', MaxKeys });
    expect(found.flatMap(({ prefixes }) => prefixes)).toEqual(['runs/B/', 'runs/b/']);
    expect(found.flatMap(({ keys }) => keys)).toEqual(KEYS.filter((key) => key.split('/').length === 2));
  });

  it('begins behind a key', async () => {
    const [page] = await pages({ StartAfter: 'runs/_SUCCESS' });
    expect(page?.keys).toEqual(KEYS.slice(5));
  });

  it('describes each object, and an empty prefix by nothing', async () => {
    const send = (Prefix: string) => bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name, Prefix }));
    const { Contents } = await send('runs/A');
    expect(Contents).toMatchObject([{ Key: 'runs/A', Size: 6, ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/) }]);
    expect(await send('nothing/')).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });
});
