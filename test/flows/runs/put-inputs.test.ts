import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { putInputs, type RunInput } from '#flows/runs/put-inputs.ts';

const input = (name: string, ...pieces: readonly string[]): RunInput => ({
  name,
  sizeBytes: pieces.join('').length,
  async *chunks() {
    for (const piece of pieces) yield Buffer.from(piece);
  },
});
const uriOf = (name: string) => `s3://data/${name}`;

it('keeps the order of inputs, also of two with the same name, and says how far it is', async () => {
  const objects = memoryObjects();
  const told: number[] = [];
  const onUpload = ({ doneBytes, ofBytes }: { doneBytes: number; ofBytes: number }) => told.push(doneBytes, ofBytes);
  await putInputs({ objects }, { inputs: [input('a', 'x', 'yz'), input('a', 'w')], uriOf, onUpload });
  const uris: string[] = [];
  for await (const { uri } of objects.list('s3://data/')) uris.push(uri);
  expect(uris).toEqual(['s3://data/000000-a', 's3://data/000001-a']);
  expect(Buffer.from((await objects.get('s3://data/000000-a')).bytes).toString()).toBe('xyz');
  expect(told.length).toBe(6);
  expect(told.slice(-2)).toEqual([4, 4]);
});

it('puts some files at once, as many as memory allows, and counts those that a store takes by themselves', async () => {
  const objects = memoryObjects();
  let underWay = 0;
  let most = 0;
  const taking: typeof objects = {
    ...objects,
    async upload(uri, _chunks, { sizeBytes = 0, file } = {}) {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay -= 1;
      expect(file).toBe('/data/x');
      return { uri, etag: '', sizeBytes };
    },
  };
  const files = (sizeBytes: number) =>
    Array.from({ length: 20 }, () => ({ ...input('x'), sizeBytes, file: '/data/x' }));
  let doneBytes = 0;
  const onUpload = (event: { doneBytes: number }) => {
    doneBytes = event.doneBytes;
  };
  await putInputs({ objects: taking }, { inputs: files(10), uriOf, onUpload });
  expect([most, doneBytes]).toEqual([8, 200]);
  most = 0;
  await putInputs({ objects: taking }, { inputs: files(100 * 2 ** 20), uriOf, onUpload });
  expect([most, doneBytes]).toEqual([1, 2000 * 2 ** 20]);
});

it('ends when its signal does, and leaves no half of a file', async () => {
  const objects = memoryObjects();
  const pressed = new AbortController();
  const onUpload = () => pressed.abort(new Error('enough'));
  const uploading = putInputs(
    { objects },
    { inputs: [input('a', 'x', 'y', 'z')], uriOf, signal: pressed.signal, onUpload },
  );
  await expect(uploading).rejects.toThrow('enough');
  expect(await objects.head('s3://data/000000-a')).toBeUndefined();
});
