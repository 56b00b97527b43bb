import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { athenaWarehouse } from '#adapters/aws/athena-warehouse.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { QueryStatus, Warehouse } from '#core/training/ports.ts';
import { startAthena } from '../../../localstack/embedded/athena/start-athena.ts';
import { startS3 } from '../../../localstack/embedded/s3/start-s3.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-warehouse-'));
const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
let warehouse: Warehouse;
let objects: Objects;

beforeAll(async () => {
  mkdirSync(join(folder, 'warehouse', 'shop'), { recursive: true });
  const rows = Array.from({ length: 1000 }, (_, id) => `${id},${id % 10}`);
  writeFileSync(join(folder, 'warehouse', 'shop', 'orders.csv'), `id,label\n${rows.join('\n')}\n`);
  const s3Service = await startS3({ folder: join(folder, 's3') });
  stops.unshift(() => s3Service.stop());
  const athena = await startAthena({
    warehouse: join(folder, 'warehouse'),
    workFolder: join(folder, 'work'),
    s3Url: s3Service.url,
  });
  stops.unshift(() => athena.stop());
  const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const s3 = new S3Client({ ...local, endpoint: s3Service.url, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'data' }));
  objects = s3Objects(s3);
  warehouse = athenaWarehouse(new AthenaClient({ ...local, endpoint: athena.url }), 'stage');
});

afterAll(async () => {
  for (const stop of stops) await stop();
});

const END_MS = 20_000;

async function ended(queryId: string): Promise<QueryStatus> {
  const until = performance.now() + END_MS;
  while (performance.now() < until) {
    const status = await warehouse.poll(queryId);
    if (status.state !== 'running') return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`query ${queryId} still runs`);
}

async function below(uri: string): Promise<readonly string[]> {
  const uris: string[] = [];
  for await (const object of objects.list(uri)) uris.push(object.uri);
  return uris;
}

test('the rows of a query land as Parquet files, whatever stands at its end', async () => {
  const outputUri = 's3://data/runs/a/staged/';
  const sql = 'SELECT id, label FROM orders WHERE label < 5 -- the easy ones\n;';
  const queryId = await warehouse.start({ database: 'shop', sql, outputUri });
  expect(await ended(queryId)).toEqual({ state: 'succeeded' });
  const [first = ''] = await below(outputUri);
  const { bytes } = await objects.get(first);
  expect(Buffer.from(bytes.subarray(-4)).toString('latin1')).toBe('PAR1');
});

test('the same query for the same place is started once', async () => {
  const query = { database: 'shop', sql: 'SELECT id FROM orders', outputUri: 's3://data/runs/b/staged/' };
  const first = await warehouse.start(query);
  expect(await warehouse.start(query)).toBe(first);
  expect(await ended(first)).toEqual({ state: 'succeeded' });
});

test('a query that fails says why', async () => {
  const query = { database: 'shop', sql: 'SELECT nothing FROM nowhere', outputUri: 's3://data/runs/c/staged/' };
  const status = await ended(await warehouse.start(query));
  expect(status).toMatchObject({ state: 'failed', reason: expect.stringMatching(/nowhere/) });
  expect(await below(query.outputUri)).toEqual([]);
});

test('what is not a query is refused at once', async () => {
  const query = { database: 'shop', sql: 'DROP TABLE orders', outputUri: 's3://data/runs/d/staged/' };
  await expect(warehouse.start(query)).rejects.toMatchObject({ code: 'LS_QUERY_FAILED' });
});
