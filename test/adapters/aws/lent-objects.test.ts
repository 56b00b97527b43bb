/** Objects of a store on this machine, read from its files: as over HTTP in every case, and not over HTTP where it can be. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as clients from '#adapters/aws/clients.ts';
import { borrowing, LENT, lenderOf } from '#adapters/aws/lent-objects.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import type { Objects } from '#core/objects/ports.ts';
import { offeringFiles } from '../../../cli/cloud/offer-files.ts';
import { type S3Service, startS3 } from '../../../localstack/embedded/s3/start-s3.ts';
import { objectsContract } from '../../contract/objects-contract.ts';

const URI = 's3://data/a run/rows ü.arrow';

let folder: string;
let s3: S3Service;
let plain: Objects;
let objects: Objects;
/** Reads that went through a socket. */
let sent: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-lent-'));
  s3 = await startS3({ folder: join(folder, 's3') });
  await fetch(`${s3.url}/data`, { method: 'PUT' });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  plain = s3Objects(clients.s3({ endpoint: s3.url, region: 'us-east-1', credentials }));
  objects = borrowing(counting(plain), { url: s3.url, folder: s3.lendsDir });
});
beforeEach(() => {
  sent = 0;
});
afterAll(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

const counting = (of: Objects): Objects => ({
  ...of,
  get(uri, range) {
    sent += 1;
    return of.get(uri, range);
  },
});
const text = async (range?: Parameters<Objects['get']>[1], of = objects) =>
  Buffer.from((await of.get(URI, range)).bytes).toString();

describe('are objects like others', () => {
  objectsContract(() => ({ objects, root: 's3://data/contract/' }));
});

it('come from their files, into the memory that is there for them', async () => {
  const { etag } = await plain.put(URI, Buffer.from('0123456789'));
  expect(await text()).toBe('0123456789');
  const into = new Uint8Array(new SharedArrayBuffer(4));
  const { bytes } = await objects.get(URI, { start: 3, end: 7, etag: etag ?? '', into });
  expect(Buffer.from(into).toString()).toBe('3456');
  expect(bytes.buffer).toBe(into.buffer);
  expect(sent).toBe(0);
});

it('are asked for over HTTP where their files are not to be had', async () => {
  await plain.put(URI, Buffer.from('0123456789'));
  const elsewhere = borrowing(counting(plain), { url: s3.url, folder: join(folder, 'nowhere') });
  expect(await text({ start: 8, end: 20 }, elsewhere)).toBe('89');
  expect(sent).toBe(1);
});

it('are refused when a file of the user that they refer to was written to, and never half of each', async () => {
  const file = join(folder, 'rows.arrow');
  writeFileSync(file, 'before');
  utimesSync(file, Date.now() / 1000 - 10, Date.now() / 1000 - 10);
  const offering = offeringFiles(plain, { folder: s3.offersDir, url: s3.url });
  const { etag } = await offering.upload(URI, bytesOf('before'), { file, sizeBytes: 6 });
  expect(await text({ start: 0, end: 6, etag })).toBe('before');
  // Where the file system clones, the object is a file of its own and stays as it was.
  writeFileSync(file, 'behind');
  const now = await text({ start: 0, end: 6, etag }).catch((error: unknown) => error);
  expect(now === 'before' || (now as { code?: string }).code === 'LS_INPUT_CHANGED').toBe(true);
});

it('are not believed where the file changes between the answer and the reading', async () => {
  await plain.put(URI, Buffer.from('honest'));
  const [body = ''] = readdirSync(s3.lendsDir);
  const stale = { etag: '"x"', [LENT.file]: body, [LENT.size]: '6', [LENT.pin]: '1:1 6 1' };
  expect(await withStore(stale, (lender) => text(undefined, borrowing(counting(plain), lender)))).toBe('honest');
  expect(sent).toBe(1);
});

it.each(['../secret', '/etc/passwd', '..', ''])('never come from the file that a store calls %j', async (name) => {
  await plain.put(URI, Buffer.from('honest'));
  writeFileSync(join(folder, 's3', 'secret'), 'secret');
  const answer = { etag: '"x"', [LENT.file]: name, [LENT.size]: '6' };
  expect(await withStore(answer, (lender) => text(undefined, borrowing(counting(plain), lender)))).toBe('honest');
});

it('are borrowed only where the local cloud says so', () => {
  const at = { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' };
  expect(lenderOf(at)).toBeUndefined();
  expect(lenderOf({ LOCKSTEP_S3_LENDS: '/bodies' })).toBeUndefined();
  expect(lenderOf({ ...at, LOCKSTEP_S3_LENDS: '/bodies' })).toEqual({ url: 'http://127.0.0.1:1', folder: '/bodies' });
  expect(borrowing(plain, undefined)).toBe(plain);
});

async function* bytesOf(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

/** Runs with a store that gives the same answer to everybody. */
async function withStore<T>(
  headers: OutgoingHttpHeaders,
  use: (lender: { readonly url: string; readonly folder: string }) => Promise<T>,
): Promise<T> {
  const server = createServer((_request, response) => void response.writeHead(200, headers).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, folder: s3.lendsDir });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
