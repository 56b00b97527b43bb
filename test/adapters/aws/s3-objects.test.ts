import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import type { Objects } from '#core/objects/ports.ts';
import { type S3Service, startS3 } from '../../../localstack/embedded/s3/start-s3.ts';

/** What the network does to a write: `carry` it, `lose` the answer after it was carried, or answer 409 or 503 itself. */
type Fate = 'carry' | 'lose' | 409 | 503;

const uri = 's3://data/manifest.json';
const absent = { ifMatch: 'absent' } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

let folder: string;
let service: S3Service;
let proxy: Server;
let client: S3Client;
let objects: Objects;
let direct: Objects;
let fates: Fate[];
/** The uploads in parts that were given up, by their ids. */
let givenUp: string[];

/** Passes requests on to the service; each PUT meets the next fate. */
function pass(incoming: IncomingMessage, response: ServerResponse): void {
  const upload = new URL(incoming.url ?? '', service.url).searchParams.get('uploadId');
  if (incoming.method === 'DELETE' && upload !== null) givenUp.push(upload);
  const fate = incoming.method === 'PUT' ? (fates.shift() ?? 'carry') : 'carry';
  if (typeof fate === 'number') {
    incoming.resume().on('end', () => response.writeHead(fate).end());
    return;
  }
  const { method, headers, url: path } = incoming;
  const onwards = request({ host: '127.0.0.1', port: new URL(service.url).port, method, headers, path }, (answer) => {
    if (fate === 'lose') answer.resume().on('end', () => response.destroy());
    else answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
  });
  incoming.pipe(onwards);
}

beforeEach(async () => {
  fates = [];
  givenUp = [];
  folder = mkdtempSync(join(tmpdir(), 'lockstep-s3-'));
  service = await startS3({ folder });
  proxy = createServer(pass);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const connect = (endpoint: string) =>
    new S3Client({
      ...{ endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 3 },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  client = connect(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  objects = s3Objects(client);
  direct = s3Objects(connect(service.url));
  await client.send(new CreateBucketCommand({ Bucket: 'data' }));
});

afterEach(async () => {
  client.destroy();
  proxy.close();
  proxy.closeAllConnections();
  await service.stop();
  rmSync(folder, { recursive: true });
});

test('a write whose answer was lost is known for our own', async () => {
  fates = ['lose'];
  expect(await objects.put(uri, bytes('ours'), absent)).toMatchObject({ won: true });
  fates = ['lose'];
  const { etag } = await direct.get(uri);
  expect(await objects.put(uri, bytes('ours again'), { ifMatch: etag })).toMatchObject({ won: true });
});

test('a write that was sent twice is not ours if the object holds other bytes', async () => {
  await direct.put(uri, bytes('theirs'));
  fates = [503];
  expect(await objects.put(uri, bytes('ours'), absent)).toMatchObject({ won: false });
  expect(new TextDecoder().decode((await direct.get(uri)).bytes)).toBe('theirs');
});

test('a write that meets another one is sent again until it is decided', async () => {
  fates = [409, 409];
  expect(await objects.put(uri, bytes('ours'), absent)).toMatchObject({ won: true });
  await direct.put(uri, bytes('theirs'));
  fates = [409];
  expect(await objects.put(uri, bytes('ours'), absent)).toMatchObject({ won: false });
});

test('a service that does not answer is unavailable, not a lost race', async () => {
  fates = [503, 503, 503];
  await expect(objects.put(uri, bytes('ours'), absent)).rejects.toMatchObject({ code: 'LS_UNAVAILABLE' });
  const nowhere = s3Objects(
    new S3Client({
      endpoint: 'http://127.0.0.1:9',
      region: 'us-east-1',
      maxAttempts: 1,
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  );
  await expect(nowhere.get(uri)).rejects.toMatchObject({ code: 'LS_UNAVAILABLE' });
});

test('a bucket that does not exist holds nothing that could be read or won', async () => {
  const elsewhere = 's3://no-such-bucket/x';
  await expect(objects.get(elsewhere)).rejects.toMatchObject({ code: 'LS_DATA_UNREADABLE' });
  await expect(objects.put(elsewhere, bytes('x'), absent)).rejects.toMatchObject({ code: 'LS_DATA_UNREADABLE' });
  await expect(objects.list(elsewhere)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'LS_DATA_UNREADABLE',
  });
});

test.each([9, 17, 25])(
  'an upload that breaks after %i MiB leaves no part of it, and the uploads of others alone',
  async (mib) => {
    const at = { Bucket: 'data', Key: 'manifest.json' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
    const { ETag } = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: bytes('theirs') }),
    );
    async function* broken() {
      for (let sent = 0; sent < mib; sent++) yield new Uint8Array(2 ** 20);
      throw new Error('the process has gone');
    }
    await expect(objects.upload(uri, broken(), { sizeBytes: 32 * 2 ** 20 })).rejects.toThrow('the process has gone');
    expect(await direct.head(uri)).toBeUndefined();
    expect(givenUp).toHaveLength(1);
    const [ours] = givenUp;
    await expect(
      client.send(new UploadPartCommand({ ...at, UploadId: ours, PartNumber: 9, Body: bytes('late') })),
    ).rejects.toMatchObject({ name: 'NoSuchUpload' });
    const parts = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: parts }));
    expect(new TextDecoder().decode((await direct.get(uri)).bytes)).toBe('theirs');
  },
);

test('a URI that names no object is refused', async () => {
  for (const wrong of ['data/x', 's3://data', 'https://data/x']) {
    await expect(objects.get(wrong)).rejects.toMatchObject({ code: 'LS_DATA_UNREADABLE' });
  }
});
