import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Listener, listen } from '../../../localstack/embedded/http/listen.ts';
import { sendFile } from '../../../localstack/embedded/s3/send-file.ts';

const BYTES = randomBytes(5 * 2 ** 20 + 77);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let fd: number;
let server: Listener;
let unchanged: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-send-'));
  writeFileSync(join(folder, 'file'), BYTES);
  fd = openSync(join(folder, 'file'), 'r');
  unchanged = () => {};
  server = await listen(async (request, response) => {
    const [first, last] = (request.url ?? '').slice(1).split('-').map(Number) as [number, number];
    response.writeHead(200, { 'content-length': last - first + 1 });
    await sendFile(response, { fd, first, last }, () => unchanged()).catch(() => response.destroy());
  });
});

afterEach(async () => {
  await server.close();
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const fetched = async (first: number, last: number) =>
  new Uint8Array(await (await fetch(`${server.url}/${first}-${last}`)).arrayBuffer());

it('sends what was asked for, also to many at once, from memory that is used again', async () => {
  const ranges = Array.from({ length: 12 }, (_, i) => [i * 1000, BYTES.length - 1 - i * 7777] as const);
  for (let round = 0; round < 2; round++) {
    const all = await Promise.all(ranges.map(([first, last]) => fetched(first, last)));
    expect(all.map(sha256)).toEqual(ranges.map(([first, last]) => sha256(BYTES.subarray(first, last + 1))));
  }
});

it('leaves the answer cut off where the file has changed by its last piece', async () => {
  let asked = 0;
  unchanged = () => {
    asked += 1;
    throw new Error('changed');
  };
  await expect(fetched(0, BYTES.length - 1)).rejects.toThrow();
  await expect(fetched(0, 10)).rejects.toThrow();
  expect(asked).toBe(2);
});

it('leaves the answer cut off where the file has become shorter', async () => {
  truncateSync(join(folder, 'file'), BYTES.length - 1);
  await expect(fetched(0, BYTES.length - 1)).rejects.toThrow();
  expect(sha256(await fetched(0, BYTES.length - 2))).toBe(sha256(BYTES.subarray(0, -1)));
});

it('goes on to serve others after one that went away', async () => {
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((resolve) => {
      const asked = get(`${server.url}/0-${BYTES.length - 1}`, (answer) => {
        answer.once('data', () => asked.destroy());
      });
      asked.once('close', () => resolve());
    });
  }
  expect(sha256(await fetched(0, BYTES.length - 1))).toBe(sha256(BYTES));
});
