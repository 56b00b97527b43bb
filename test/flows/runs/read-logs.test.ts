import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri } from '#core/objects/addresses.ts';
import { logReader } from '#flows/runs/read-logs.ts';

const bucket = 'b';

function world() {
  const objects = memoryObjects();
  const written = new Map<string, Buffer>();
  /** A task writes more; its host copies the whole log. */
  const write = async (attempt: number, rank: number, more: Buffer | string) => {
    const uri = objectUri(bucket, OBJECTS.log('a', attempt, rank));
    const all = Buffer.concat([written.get(uri) ?? Buffer.alloc(0), Buffer.from(more)]);
    written.set(uri, all);
    await objects.put(uri, all);
  };
  return { write, logs: logReader({ objects, bucket }, 'a') };
}

it('tells every line once, when it is complete, with its attempt and rank', async () => {
  const { write, logs } = world();
  expect(await logs.poll()).toEqual([]);
  await write(0, 1, 'one\ntw');
  await write(0, 0, 'zero\n');
  expect(await logs.poll()).toEqual([
    { kind: 'log', attempt: 0, rank: 0, lines: ['zero'] },
    { kind: 'log', attempt: 0, rank: 1, lines: ['one'] },
  ]);
  expect(await logs.poll()).toEqual([]);
  await write(0, 1, 'o\n\nthree');
  await write(1, 0, 'again');
  expect(await logs.poll()).toEqual([{ kind: 'log', attempt: 0, rank: 1, lines: ['two', ''] }]);
  expect(await logs.end()).toEqual([
    { kind: 'log', attempt: 0, rank: 1, lines: ['three'] },
    { kind: 'log', attempt: 1, rank: 0, lines: ['again'] },
  ]);
});

it('keeps a character whole that a copy has cut, and reads a long log piece by piece to its end', async () => {
  const { write, logs } = world();
  const e = Buffer.from('é\n');
  await write(0, 0, e.subarray(0, 1));
  expect(await logs.poll()).toEqual([]);
  await write(0, 0, e.subarray(1));
  expect(await logs.poll()).toMatchObject([{ lines: ['é'] }]);
  const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index}`);
  await write(0, 0, lines.join('\n'));
  const first = (await logs.poll()).flatMap((event) => event.lines);
  expect(first.length).toBeLessThan(30_000);
  expect([...first, ...(await logs.end()).flatMap((event) => event.lines)]).toEqual(lines);
});
