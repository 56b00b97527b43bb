import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAthena } from '../../localstack/embedded/athena/start-athena.ts';
import { startS3 } from '../../localstack/embedded/s3/start-s3.ts';
import { localConfig } from './endpoints.ts';
import { PIXEL_ROWS, readParquet, writeWarehouse } from './warehouse-folder.ts';

const Bucket = 'results';
const WAIT_MS = 20_000;

describe('the embedded warehouse behind the API of Athena', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-athena-'));
  const workFolder = join(folder, 'work');
  const closing: (() => Promise<void> | void)[] = [];
  let athena: AthenaClient;
  let s3: S3Client;
  let count = 0;

  beforeAll(async () => {
    const warehouse = join(folder, 'ware[house]');
    mkdirSync(warehouse);
    await writeWarehouse(warehouse);
    const storage = await startS3({ folder: join(folder, 's3') });
    const service = await startAthena({ warehouse, workFolder, s3Url: storage.url, timeoutMs: WAIT_MS });
    athena = new AthenaClient(localConfig(service.url));
    s3 = new S3Client({ ...localConfig(storage.url), forcePathStyle: true });
    closing.push(
      () => athena.destroy(),
      () => s3.destroy(),
      service.stop,
      storage.stop,
    );
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(async () => {
    for (const close of closing) await close();
    rmSync(folder, { recursive: true });
  });

  const newOutput = () => `s3://${Bucket}/out-${count++}/`;
  const unload = (select: string, to = newOutput()) =>
    `UNLOAD (${select}) TO '${to}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
  async function start(QueryString: string, ClientRequestToken: string = randomUUID()): Promise<string> {
    const { QueryExecutionId = '' } = await athena.send(
      new StartQueryExecutionCommand({ QueryString, ClientRequestToken, QueryExecutionContext: { Database: 'shop' } }),
    );
    return QueryExecutionId;
  }
  async function status(QueryExecutionId: string) {
    return (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution?.Status;
  }
  async function end(id: string) {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const now = await status(id);
      if (now?.State !== 'QUEUED' && now?.State !== 'RUNNING') return now;
      if (performance.now() > until) throw new Error(`query ${id} is still ${now.State}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const run = async (select: string) => end(await start(unload(select)));

  /** The result files, fetched to disk. */
  async function fetched(output: string): Promise<string[]> {
    const Prefix = output.slice(`s3://${Bucket}/`.length);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Promise.all(
      Contents.map(async ({ Key = '' }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const file = join(folder, `${randomUUID()}.parquet`);
        writeFileSync(file, (await Body?.transformToByteArray()) ?? '');
        return file;
      }),
    );
  }

  it('writes the rows of a query as several Parquet files, in their order and with their types', async () => {
    const output = newOutput();
    const id = await start(unload('SELECT id, pixels, name, label FROM pixels WHERE id < 5000', output));
    expect(await end(id)).toMatchObject({ State: 'SUCCEEDED' });
    const files = await fetched(output);
    expect(files.length).toBeGreaterThanOrEqual(4);
    const rows = await readParquet(
      files,
      (table) => `SELECT id, pixels[1] AS half, name, typeof(pixels) AS list, typeof(label) AS label FROM ${table}`,
    );
    expect(rows).toHaveLength(5000);
    expect(rows.map(({ id: one }) => one)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    expect(rows[4001]).toEqual({ id: 4001, half: 2000.5, name: 'row 4001', list: 'FLOAT[]', label: 'UTINYINT' });
    const codecs = await readParquet(files, (table) => {
      const metadata = table.replace('read_parquet', 'parquet_metadata');
      return `SELECT DISTINCT compression FROM ${metadata}`;
    });
    expect(codecs).toEqual([{ compression: 'SNAPPY' }]);
    expect(readdirSync(workFolder)).toEqual([]);
  });

  it('finds tables by name, by database and name, in folders of CSV, and through the catalogue', async () => {
    const output = newOutput();
    const select = `SELECT count(*) AS rows, (SELECT id FROM other.pixels) AS other, (SELECT sum(price) FROM orders) AS price FROM "AwsDataCatalog"."shop"."pixels" -- done`;
    const id = await start(unload(`${select}\n`, output));
    expect(await end(id)).toMatchObject({ State: 'SUCCEEDED' });
    const rows = await readParquet(
      await fetched(output),
      (table) => `SELECT rows::INT AS rows, other, price FROM ${table}`,
    );
    expect(rows).toEqual([{ rows: PIXEL_ROWS, other: 7, price: 7.5 }]);
  });

  it('reads JSON in lines, and folders named after a column', async () => {
    const output = newOutput();
    const select = 'SELECT id, len(seen) AS seen, (SELECT sum(id * day) FROM days WHERE day > 1) AS later FROM visits';
    expect(await end(await start(unload(select, output)))).toMatchObject({ State: 'SUCCEEDED' });
    const rows = await readParquet(
      await fetched(output),
      (table) => `SELECT id::INT AS id, seen::INT AS seen, later::INT AS later FROM ${table}`,
    );
    expect(rows).toEqual([
      { id: 1, seen: 2, later: 40 },
      { id: 2, seen: 0, later: 40 },
    ]);
  });

  it('makes no file of no rows', async () => {
    const output = newOutput();
    expect(await end(await start(unload('SELECT id FROM pixels WHERE id < 0', output)))).toMatchObject({
      State: 'SUCCEEDED',
    });
    expect(await fetched(output)).toEqual([]);
  });

  it('starts a query once under its token, and refuses another one under it', async () => {
    const token = randomUUID();
    const text = unload('SELECT id FROM pixels');
    const id = await start(text, token);
    expect(await start(text, token)).toBe(id);
    await expect(start(unload('SELECT 1'), token)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect(await end(id)).toMatchObject({ State: 'SUCCEEDED' });
    expect(await start(text, token)).toBe(id);
  });

  it('writes nothing below a prefix that holds something', async () => {
    const output = newOutput();
    const Key = `${output.slice(`s3://${Bucket}/`.length)}old`;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    expect(await end(await start(unload('SELECT 1 AS one', output)))).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining('HIVE_PATH_ALREADY_EXISTS'),
    });
    expect(await fetched(output)).toHaveLength(1);
  });

  it.each([
    ['SELECT * FROM nowhere', "TABLE_NOT_FOUND: Table 'nowhere' does not exist"],
    ['SELECT nothing FROM pixels', "COLUMN_NOT_FOUND: Column 'nothing' cannot be resolved"],
    ['SELECT FROM FROM', 'SYNTAX_ERROR: syntax error at or near "FROM"'],
    ['SELECT no_such(1)', "FUNCTION_NOT_FOUND: Function 'no_such' not registered"],
    ['SELECT CAST(name AS INTEGER) FROM pixels', 'INVALID_CAST_ARGUMENT: '],
    ['SELECT * FROM broken', 'HIVE_BAD_DATA: "shop"."broken": '],
  ])('says why it failed: %s', async (select, reason) => {
    expect(await run(select)).toMatchObject({ State: 'FAILED', StateChangeReason: expect.stringContaining(reason) });
  });

  it('says that the bucket of the result does not exist', async () => {
    expect(await end(await start(unload('SELECT 1', 's3://no-such-bucket/x/')))).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringContaining('NoSuchBucket'),
    });
  });

  it.each([
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    'SELECT 1; SELECT 2',
    "SELECT 1) TO '/tmp/x.csv'; COPY (SELECT 2",
    "SELECT * FROM (COPY (SELECT 1) TO '/tmp/x.csv')",
    'WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a',
    "SELECT * FROM (SET memory_limit = '100GB')",
    "SELECT * FROM read_parquet('https://example.com/x.parquet')",
  ])('reads nothing but the warehouse, and writes nothing: %s', async (select) => {
    expect(await run(select)).toMatchObject({
      State: 'FAILED',
      StateChangeReason: expect.stringMatching(/^(PERMISSION_DENIED|SYNTAX_ERROR|TABLE_NOT_FOUND)/),
    });
  });

  it.each([
    'SELECT 1',
    'DROP TABLE pixels',
    "UNLOAD (DROP TABLE pixels) TO 's3://results/x/' WITH (format = 'PARQUET')",
    "UNLOAD (SELECT 1) TO 's3://results/x/' WITH (format = 'ORC')",
    "UNLOAD (SELECT 1) TO 's3://results/x/' WITH (format = 'PARQUET', partitioned_by = ARRAY['a'])",
    "UNLOAD (SELECT 1) TO 'file:///tmp/x/' WITH (format = 'PARQUET')",
    '',
  ])('refuses at once what it does not run: %s', async (text) => {
    await expect(start(text)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  it('stops a query that runs and one that waits, and goes on with the next', async () => {
    const endless = 'SELECT count(*) AS n FROM range(1000000000000) t(i) WHERE i % 7 = 3';
    const [running, waiting] = [await start(unload(endless)), await start(unload(endless))];
    const until = performance.now() + WAIT_MS;
    while ((await status(running))?.State !== 'RUNNING' && performance.now() < until);
    expect(await status(waiting)).toMatchObject({ State: 'QUEUED' });
    for (const QueryExecutionId of [waiting, running]) {
      await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    }
    expect(await end(running)).toMatchObject({ State: 'CANCELLED' });
    expect(await end(waiting)).toMatchObject({ State: 'CANCELLED' });
    expect(await run('SELECT 1 AS one')).toMatchObject({ State: 'SUCCEEDED' });
  });

  it('knows no query that was not started', async () => {
    await expect(status(randomUUID())).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});
