/** The rows of fixtures that other implementations wrote, dealt out and cut, against what pyarrow reads in them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { location } from '#core/objects/addresses.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { type DataObject, deal } from '#core/training/deal.ts';
import type { Shard } from '#core/training/shards.ts';
import { countRows } from '#formats/table/formats.ts';
import { writeSlice } from '../../gpu-agent/services/slice-file.ts';
import { tableValues } from '../formats/arrow/plain-values.ts';

const FIXTURES = 'test/fixtures/tables';
const FILES = readdirSync(FIXTURES).filter((name) => /\.(parquet|arrows?)$/.test(name));
const json = (name: string) => JSON.parse(readFileSync(`${FIXTURES}/${name}`, 'utf8'));
const VALUES = { ...json('parquet-values.json'), ...json('arrow-values.json') };

const folder = mkdtempSync(join(tmpdir(), 'lockstep-slices-'));
const parquet = workerDecoder();
afterAll(() => rmSync(folder, { recursive: true }));

async function stored(bytes: Uint8Array) {
  const objects = memoryObjects();
  await objects.put('s3://data/in', bytes);
  const head = (await objects.head('s3://data/in')) as ObjectHead;
  const { etag, sizeBytes } = head;
  const table = await countRows(objects, head);
  return { objects, object: { ...location(head.uri), etag, sizeBytes, ...table } satisfies DataObject };
}

let written = 0;
async function batchesOf(objects: ReturnType<typeof memoryObjects>, shard: Shard): Promise<readonly RecordBatch[]> {
  const path = join(folder, `${written++}.arrow`);
  await writeSlice({ objects, parquet }, shard, path);
  return tableFromIPC(readFileSync(path)).batches;
}

describe('a slice', () => {
  test.each(FILES)('of %s and the others beside it hold what the file holds', async (name) => {
    const { objects, object } = await stored(readFileSync(`${FIXTURES}/${name}`));
    const rows = object.blockRows.reduce((sum, each) => sum + each, 0);
    for (const ranks of [1, 2, 3, rows]) {
      const batches: RecordBatch[] = [];
      for (const [shard] of deal([object], ranks)) batches.push(...(await batchesOf(objects, shard as Shard)));
      expect(tableValues(batches)).toEqual(VALUES[name]);
    }
  });

  test('holds the columns also where it has no row of a batch', async () => {
    const { objects, object } = await stored(readFileSync(`${FIXTURES}/pyarrow-26.0.1.arrow`));
    const { blockRows: _, ...shard } = object;
    const slice = { from: 0, to: 0, blocks: { from: 0, to: 0, firstRow: 0 } };
    const path = join(folder, 'none.arrow');
    await writeSlice({ objects, parquet }, { ...shard, slice }, path);
    expect(tableFromIPC(readFileSync(path)).schema.fields.map(({ name }) => name)).toEqual(
      Object.keys(VALUES['pyarrow-26.0.1.arrow']),
    );
  });

  test('of a damaged row group is refused with the name of the object', async () => {
    const bytes = readFileSync(`${FIXTURES}/pyarrow-26.0.1-snappy.parquet`);
    bytes.fill(0xff, 40, 90);
    const { objects, object } = await stored(bytes);
    const [[shard] = []] = deal([object], 2);
    await expect(writeSlice({ objects, parquet }, shard as Shard, join(folder, 'damaged'))).rejects.toMatchObject({
      code: 'LS_PARQUET_CORRUPT',
      message: expect.stringContaining('s3://data/in: row group 0'),
    });
  });

  test('of an object that was overwritten is refused', async () => {
    const { objects, object } = await stored(readFileSync(`${FIXTURES}/pyarrow-26.0.1.arrow`));
    const [[shard] = []] = deal([object], 2);
    await objects.put('s3://data/in', readFileSync(`${FIXTURES}/polars-2.1.0.parquet`));
    await expect(writeSlice({ objects, parquet }, shard as Shard, join(folder, 'changed'))).rejects.toMatchObject({
      code: 'LS_INPUT_CHANGED',
    });
  });
});
