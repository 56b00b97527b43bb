import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athenaWarehouse } from '#adapters/aws/athena-warehouse.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryWarehouse } from '#adapters/memory/memory-warehouse.ts';
import { startAthena } from '../../localstack/embedded/athena/start-athena.ts';
import { localConfig } from '../conformance/endpoints.ts';
import { createBucket } from '../conformance/s3-bucket.ts';
import { type WarehouseUnderTest, warehouseContract } from './warehouse-contract.ts';

describe('the warehouse in memory', () => {
  const objects = memoryObjects();
  const sql = { works: 'SELECT id FROM orders', fails: 'SELECT 1 FROM nowhere', endless: 'endless' };
  const warehouse = memoryWarehouse(objects, {
    [sql.works]: { polls: 1, outcome: { files: [new TextEncoder().encode('PAR1PAR1')] } },
    [sql.endless]: { polls: Number.POSITIVE_INFINITY, outcome: { files: [] } },
  });
  warehouseContract(() => ({ warehouse, objects, root: 's3://data/staged/', sql }));
});

describe('the warehouse of Athena, which is DuckDB behind its API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-warehouse-'));
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  let under: WarehouseUnderTest;

  beforeAll(async () => {
    mkdirSync(join(folder, 'warehouse', 'shop'), { recursive: true });
    const rows = Array.from({ length: 1000 }, (_, id) => `${id},${id % 10}`);
    writeFileSync(join(folder, 'warehouse', 'shop', 'orders.csv'), `id,label\n${rows.join('\n')}\n`);
    const bucket = await createBucket();
    stops.unshift(() => bucket.remove());
    const athena = await startAthena({
      ...{ warehouse: join(folder, 'warehouse'), workFolder: join(folder, 'work'), s3Url: bucket.url },
    });
    stops.unshift(() => athena.stop());
    under = {
      warehouse: athenaWarehouse(new AthenaClient(localConfig(athena.url)), 'stage'),
      ...{ objects: s3Objects(bucket.client), root: `s3://${bucket.name}/staged/` },
      sql: {
        works: 'SELECT id, label FROM orders WHERE label < 5 -- the easy ones\n;',
        fails: 'SELECT nothing FROM nowhere',
        endless: 'SELECT count(*) AS n FROM range(1000000000000) t(i) WHERE i % 7 = 3',
      },
    };
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  warehouseContract(() => under);

  it('refuses at once what is not a query', async () => {
    const query = { database: 'shop', sql: 'DROP TABLE orders', outputUri: `${under.root}z/` };
    await expect(under.warehouse.start(query)).rejects.toMatchObject({ code: 'LS_QUERY_FAILED' });
  });
});
