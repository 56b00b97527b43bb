import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectCreatedEvent } from '../../../localstack/embedded/s3/object-created.ts';
import { type S3Service, startS3 } from '../../../localstack/embedded/s3/start-s3.ts';
import { localConfig } from '../../conformance/endpoints.ts';
import { refusal } from '../../conformance/s3-bucket.ts';

const Bucket = 'data';
const WAIT_MS = 10_000;

describe('the embedded S3 as part of a cloud', () => {
  let folder: string;
  let service: S3Service;
  let client: S3Client;

  const start = async () => {
    service = await startS3({ folder });
    client = new S3Client({ ...localConfig(service.url), forcePathStyle: true });
  };
  const stop = async () => {
    client.destroy();
    await service.stop();
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-s3-'));
    await start();
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const put = (Key: string, Body: string, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const text = async (Key: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const bodies = () => readdirSync(join(folder, 'bodies'));

  async function until(holds: () => boolean): Promise<void> {
    const end = performance.now() + WAIT_MS;
    while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    if (!holds()) throw new Error(`not so within ${WAIT_MS} ms: ${holds}`);
  }

  it('announces every object that was written, once, and none that was refused', async () => {
    const heard: ObjectCreatedEvent[] = [];
    const end = service.onObjectCreated((event) => heard.push(event));
    await put('in/a b', 'hello world');
    await put('in/a b', 'again', { IfNoneMatch: '*' }).catch(() => {});
    await client.send(new CopyObjectCommand({ Bucket, Key: 'in/c', CopySource: `${Bucket}/in/a%20b` }));
    const to = { Bucket, Key: 'in/m' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(to));
    const { ETag } = await client.send(new UploadPartCommand({ ...to, UploadId, PartNumber: 1, Body: 'xyz' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...to, UploadId, MultipartUpload }));
    await until(() => heard.length >= 3);
    end();
    await put('in/after', 'x');
    const etag = '5eb63bbbe01eeed093cb22bb8f5acdc3';
    expect(heard).toMatchObject([
      { bucket: Bucket, key: 'in/a b', sizeBytes: 11, etag, reason: 'PutObject' },
      { bucket: Bucket, key: 'in/c', sizeBytes: 11, etag, reason: 'CopyObject' },
      { bucket: Bucket, key: 'in/m', sizeBytes: 3, reason: 'CompleteMultipartUpload' },
    ]);
    const sequencers = heard.map(({ sequencer }) => sequencer);
    expect(sequencers).toEqual([...new Set(sequencers)].sort());
  });

  it('is there again after a restart, with etags, metadata and conditions', async () => {
    const { ETag } = await put('kept', 'one', { Metadata: { run: 'r' } });
    await put('gone', 'x');
    await put('kept2', 'y');
    await stop();
    await start();
    const { Metadata, ETag: etag } = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
    expect([Metadata, etag]).toEqual([{ run: 'r' }, ETag]);
    await expect(put('kept', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(refusal(412));
    await put('kept', 'two', { IfMatch: ETag });
    expect(await text('kept')).toBe('two');
  });

  it('refuses what it does not do, and harms no object by it', async () => {
    await put('tagged', 'precious');
    const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
    const at = { Bucket, Key: 'tagged' };
    await expect(client.send(new PutObjectTaggingCommand({ ...at, Tagging }))).rejects.toMatchObject(refusal(501));
    await expect(client.send(new GetObjectTaggingCommand(at))).rejects.toMatchObject(refusal(501));
    await expect(put('tagged', 'x', { Tagging: 'k=v' })).rejects.toMatchObject(refusal(501, 'NotImplemented'));
    expect(await text('tagged')).toBe('precious');
  });

  it('leaves nothing behind of an upload that was cut off, overwritten or refused', async () => {
    await put('object', 'first');
    await put('object', 'second');
    await put('object', 'third', { IfNoneMatch: '*' }).catch(() => {});
    expect(bodies()).toHaveLength(1);
    const { port } = new URL(service.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`PUT /${Bucket}/cut HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nonly this`);
    await until(() => bodies().length === 2);
    socket.destroy();
    await until(() => bodies().length === 1);
    await expect(text('cut')).rejects.toMatchObject(refusal(404, 'NoSuchKey'));
    expect(await text('object')).toBe('second');
  });

  it('lets a reader finish the version that it began with', async () => {
    const old = 'o'.repeat(8 * 1024 * 1024);
    await put('replaced', old);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'replaced' }));
    await put('replaced', 'new');
    expect((await Body?.transformToString()) === old).toBe(true);
    expect(await text('replaced')).toBe('new');
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(service.url).port);
    await expect(startS3({ folder: join(folder, 'other'), port })).rejects.toMatchObject({ code: 'LS_PORT_BUSY' });
  });
});
