/** Parts of either format, in memory and in pieces, as others read them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from '@uwdata/flechette';
import type { RecordBatch } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { systemClock } from '#adapters/system/clock.ts';
import type { InferenceManifest, ListedPart, PartRef } from '#core/inference/manifest.ts';
import type { PartFormat } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import { beginPart } from '#flows/inference/part-output.ts';
import { openCommitted } from '#flows/inference/read-committed.ts';
import { stages } from '#flows/inference/stages.ts';
import { PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { batchesOf } from '../../formats/arrow/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BATCHES = batchesOf(300, 0, 200);
const FORMATS = ['arrow', 'parquet'] as const;

function begin(objects: Pick<Objects, 'put' | 'upload'>, format: PartFormat, heldBytes?: number) {
  const ports = { objects, parquetFile: () => workerEncoder() };
  const schema = (BATCHES[0] as RecordBatch).schema;
  const at = { uri: `s3://data/part.${format}`, partition: 0, schema, format, buffer: new PartBuffer(16) };
  return beginPart(ports, { ...at, ...(heldBytes !== undefined && { heldBytes }) }, stages(systemClock));
}

async function write(objects: Objects, format: PartFormat, heldBytes?: number): Promise<PartRef> {
  const part = begin(objects, format, heldBytes);
  for (const batch of BATCHES) await part.write(batch);
  return await part.finish();
}

/** Ids and names as another implementation reads them. */
async function foreign(format: PartFormat, bytes: Uint8Array): Promise<unknown[][]> {
  if (format === 'arrow') {
    const table = tableFromIPC(Uint8Array.from(bytes));
    return Array.from({ length: table.numRows }, (_, i) => [table.at(i).id, table.at(i).name]);
  }
  const file = join(folder, 'part.parquet');
  writeFileSync(file, bytes);
  const database = await (await DuckDBInstance.create()).connect();
  const rows = (await database.runAndReadAll(`select id, name from '${file}'`)).getRows();
  database.closeSync();
  return rows;
}

const WRITTEN = BATCHES.flatMap((batch) => [...batch].map((row) => [row?.id, row?.name]));

describe.each(FORMATS)('a part in %s', (format) => {
  it.each([
    ['by one request', undefined, 0],
    ['in pieces, while it is written', 2000, 1],
  ])('has every row, %s', async (_how, heldBytes, uploads) => {
    const objects = memoryObjects();
    let uploaded = 0;
    const counting: Objects = {
      ...objects,
      upload: (...of) => {
        uploaded++;
        return objects.upload(...of);
      },
    };
    const part = await write(counting, format, heldBytes);
    expect(uploaded).toBe(uploads);
    const { bytes } = await objects.get(part.uri);
    expect(part).toMatchObject({ rows: 500, sizeBytes: bytes.length });
    expect(await foreign(format, bytes)).toEqual(WRITTEN);
  });

  it('is read again, whole or in ranges, and never where it is another', async () => {
    const objects = memoryObjects();
    const part = { ...(await write(objects, format)), sources: [] } as ListedPart;
    const read = async (manifest: { readonly parts: readonly ListedPart[] }, wholeBytes?: number) => {
      const rows: unknown[][] = [];
      const tables = { objects, parquet: workerDecoder() };
      for await (const batch of openCommitted(tables, manifest as InferenceManifest, wholeBytes)) {
        rows.push(...[...batch].map((row) => [row?.id, row?.name]));
      }
      return rows;
    };
    for (const wholeBytes of [undefined, 100]) {
      expect(await read({ parts: [part] }, wholeBytes)).toEqual(WRITTEN);
      const other = { ...part, sha256: part.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) };
      await expect(read({ parts: [other] }, wholeBytes)).rejects.toMatchObject({ code: 'LS_ARROW_CORRUPT' });
      const fewer = { ...part, rows: 499 };
      await expect(read({ parts: [fewer] }, wholeBytes)).rejects.toThrow(/expected 499 rows, got 500/);
    }
  });

  it('is valid without rows', async () => {
    const objects = memoryObjects();
    const part = await begin(objects, format).finish();
    expect(part.rows).toBe(0);
    expect(await foreign(format, (await objects.get(part.uri)).bytes)).toEqual([]);
  });

  it('says why the store did not take it, and leaves nothing where it is abandoned', async () => {
    const objects = memoryObjects();
    const refused = new Error('the disk is full');
    const refusing: Objects = {
      ...objects,
      async upload(_uri, chunks) {
        for await (const _chunk of chunks) throw refused;
        throw refused;
      },
    };
    const part = begin(refusing, format, 0);
    const failing = async () => {
      for (const batch of BATCHES) await part.write(batch);
      await part.finish();
    };
    await expect(failing()).rejects.toBe(refused);
    await part.abandon(refused);

    const abandoned = begin(objects, format, 0);
    await abandoned.write(BATCHES[0] as RecordBatch);
    await abandoned.abandon(new Error('out of time'));
    expect(await objects.head(`s3://data/part.${format}`)).toBeUndefined();
  });
});
