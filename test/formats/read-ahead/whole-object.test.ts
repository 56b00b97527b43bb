import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import { readingWhole, SMALL_BYTES } from '#formats/read-ahead/whole-object.ts';

const URI = 's3://data/rows';
const bytesOf = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251);

/** An object of a size, and how often it is asked for. */
async function stored(sizeBytes: number) {
  const memory = memoryObjects();
  await memory.put(URI, bytesOf(sizeBytes));
  const head = await memory.head(URI);
  if (head === undefined) throw new Error('it was put');
  const asked: string[] = [];
  const objects: ReadObjects = {
    get(uri, range) {
      asked.push(uri);
      return memory.get(uri, range);
    },
  };
  return { memory, head, asked, reading: readingWhole(objects, head) };
}

it('reads a small object by one request, whatever is asked of it and in which order', async () => {
  const { head, asked, reading } = await stored(1000);
  const { etag } = head;
  const into = new Uint8Array(1000);
  const some = await Promise.all([
    reading.get(URI, { start: 990, end: 1000, etag }),
    reading.get(URI, { start: 0, end: 8, etag, into }),
    reading.get(URI, { start: 500, end: 500, etag }),
  ]);
  expect(some.map(({ bytes }) => [...bytes])).toEqual([
    [...bytesOf(1000).subarray(990)],
    [...bytesOf(1000).subarray(0, 8)],
    [],
  ]);
  expect(some[0]).toMatchObject({ uri: URI, etag, sizeBytes: 1000 });
  expect(asked.length).toBe(1);
});

it('asks again for what is larger, for other objects, and where the etag is another', async () => {
  const large = await stored(SMALL_BYTES + 1);
  for (let i = 0; i < 3; i++) await large.reading.get(URI, { start: 0, end: 8, etag: large.head.etag });
  expect(large.asked.length).toBe(3);
  const { memory, asked, reading } = await stored(10);
  await memory.put('s3://data/other', bytesOf(3));
  expect((await reading.get('s3://data/other', { start: 0, end: 3 })).bytes.length).toBe(3);
  await expect(reading.get(URI, { start: 0, end: 3, etag: '"another"' })).rejects.toMatchObject({
    code: 'LS_INPUT_CHANGED',
  });
  expect(asked).toEqual(['s3://data/other', URI]);
});

it('says that an object was overwritten before it was read', async () => {
  const { memory, head, reading } = await stored(10);
  await memory.put(URI, bytesOf(11));
  await expect(reading.get(URI, { start: 0, end: 3, etag: head.etag })).rejects.toMatchObject({
    code: 'LS_INPUT_CHANGED',
  });
});
