/** Files of this machine as objects of the local S3, without a copy, and what becomes of them when their owner goes on. */
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as clients from '#adapters/aws/clients.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import type { Objects } from '#core/objects/ports.ts';
import { offeringFiles } from '../../../cli/cloud/offer-files.ts';
import { OFFERED } from '../../../localstack/embedded/s3/offered-files.ts';
import { type S3Service, startS3 } from '../../../localstack/embedded/s3/start-s3.ts';

const URI = 's3://data/runs/a run/input/000000-rows ü.arrow';
const TEXT = 'rows '.repeat(1000);

let folder: string;
let file: string;
let s3: S3Service;
let objects: Objects;
let uploads: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-offers-'));
  file = join(folder, 'rows.arrow');
  write(TEXT, 10);
  s3 = await startS3({ folder: join(folder, 's3') });
  await fetch(`${s3.url}/data`, { method: 'PUT' });
  const plain = s3Objects(
    clients.s3({ endpoint: s3.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }),
  );
  uploads = 0;
  const counting: Objects = {
    ...plain,
    upload(uri, chunks, options) {
      uploads += 1;
      return plain.upload(uri, chunks, options);
    },
  };
  objects = offeringFiles(counting, { folder: s3.offersDir, url: s3.url });
});

afterEach(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes the file in place, as if so many seconds ago. */
function write(text: string, secondsAgo: number): void {
  writeFileSync(file, text);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(file, at, at + 0.123);
}

const put = (from = file) => objects.upload(URI, chunksOf(from), { file: from, sizeBytes: statSync(from).size });
async function* chunksOf(from: string) {
  yield readFileSync(from);
}
const read = async (range?: Parameters<Objects['get']>[1]) =>
  Buffer.from((await objects.get(URI, range)).bytes).toString();

it('takes a file without a copy, and gives back its bytes and its size', async () => {
  const { etag, sizeBytes } = await put();
  expect(uploads).toBe(0);
  expect(sizeBytes).toBe(TEXT.length);
  expect(await objects.head(URI)).toEqual({ uri: URI, etag, sizeBytes });
  expect(await read()).toBe(TEXT);
  expect(await read({ start: 5, end: 9, etag })).toBe('rows');
});

it('keeps the bytes of a file that is removed or replaced', async () => {
  const { etag } = await put();
  const draft = join(folder, 'draft');
  writeFileSync(draft, 'other');
  renameSync(draft, file);
  expect(await read({ start: 0, end: TEXT.length, etag })).toBe(TEXT);
  rmSync(file);
  expect(await read({ start: 0, end: TEXT.length, etag })).toBe(TEXT);
});

it('leaves the file alone when the object goes, and when the whole cloud does', async () => {
  await put();
  await objects.delete([URI]);
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
  await put();
  await objects.put(URI, Buffer.from('replaced'));
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
  await put();
  await s3.stop();
  rmSync(join(folder, 's3'), { recursive: true });
  expect(readFileSync(file, 'utf8')).toBe(TEXT);
});

/** Where the file system clones, the object has bytes of its own and such a change does not reach it. */
const isChanged = (reading: Promise<unknown>) =>
  reading.then(
    (text) => expect(typeof text === 'string' ? text : TEXT).toBe(TEXT),
    (error) => expect(error).toMatchObject({ code: 'LS_INPUT_CHANGED' }),
  );

it.each([
  ['of the same length', 'other '.repeat(1000).slice(0, TEXT.length)],
  ['that is longer', `${TEXT}and more`],
  ['that is shorter', 'less'],
])('refuses to read a file that was overwritten in place by one %s', async (_, text) => {
  const { etag } = await put();
  writeFileSync(file, text);
  await isChanged(read());
  await isChanged(read({ start: 0, end: 4, etag }));
  const copy = await fetch(`${s3.url}/data/copy`, {
    method: 'PUT',
    headers: { 'x-amz-copy-source': `/data/${encodeURI(URI.slice('s3://data/'.length))}` },
  });
  expect([200, 412]).toContain(copy.status);
  if (copy.status === 200) expect(await (await fetch(`${s3.url}/data/copy`)).text()).toBe(TEXT);
});

it('has the bytes of a link, and those of a file whose last change a clock could not tell from the next', async () => {
  const symbolic = join(folder, 'symbolic');
  symlinkSync(file, symbolic);
  await put(symbolic);
  expect([uploads, await read()]).toEqual([0, TEXT]);
  const second = join(folder, 'second');
  linkSync(file, second);
  await put(second);
  expect([uploads, await read()]).toEqual([0, TEXT]);
  write('just now', 0);
  utimesSync(file, new Date(), new Date(Math.floor(Date.now() / 1000) * 1000));
  await put();
  expect(await read()).toBe('just now');
});

it('still knows what a file was when the service starts again', async () => {
  const { etag } = await put();
  await s3.stop();
  s3 = await startS3({ folder: join(folder, 's3'), port: Number(new URL(s3.url).port) });
  expect(await read({ start: 0, end: 4, etag })).toBe('rows');
  writeFileSync(file, TEXT.toUpperCase());
  await isChanged(read({ start: 0, end: TEXT.length, etag }));
});

it('takes nothing that does not lie in its folder of offers', async () => {
  for (const name of ['../../rows.arrow', '/etc/hostname', '', '01234567-89ab-cdef-0123-456789abcdef']) {
    const answer = await fetch(`${s3.url}/data/key`, { method: 'PUT', headers: { [OFFERED]: name } });
    expect(answer.status).toBe(400);
  }
  expect(await objects.head('s3://data/key')).toBeUndefined();
});

it("leaves an object at a path where its bytes are the store's own, and outlives the store there", async () => {
  const kept = join(folder, 'kept');
  const place = { bucket: 'data', key: 'part' };
  expect(s3.linkTo(kept, place)).toBe(false);
  await objects.put('s3://data/part', Buffer.from('predictions'));
  expect(s3.linkTo(kept, place)).toBe(true);
  expect(s3.linkTo(kept, place)).toBe(false);
  await objects.put('s3://data/part', Buffer.from('others'));
  await s3.stop();
  rmSync(join(folder, 's3'), { recursive: true });
  expect(readFileSync(kept, 'utf8')).toBe('predictions');
});

it('leaves no file of the user at a path, which may change', async () => {
  const other = join(folder, 'other');
  await put();
  expect(s3.linkTo(other, { bucket: 'data', key: URI.slice('s3://data/'.length) })).toBe(false);
  expect(existsSync(other)).toBe(false);
});
