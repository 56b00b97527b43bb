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
  expect(told).toEqual([1, 4, 3, 4, 4, 4]);
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
