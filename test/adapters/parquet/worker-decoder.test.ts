import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import type { ParquetDecoder } from '#formats/parquet/decoder.ts';
import { locateTable, openTable } from '#formats/table/formats.ts';
import { tableValues } from '../../formats/arrow/plain-values.ts';

const FOLDER = 'test/fixtures/tables';
const FILE = 'pyarrow-26.0.1-delta.parquet';
const VALUES = JSON.parse(readFileSync(`${FOLDER}/parquet-values.json`, 'utf8'));
const WHOLE = new Uint8Array(readFileSync(`${FOLDER}/${FILE}`));
const URI = 's3://data/in.parquet';
/** In the first page of `i32`: parquet-wasm traps on what follows from this bit. */
const TRAP = { byte: 60, bit: 7 };

const flipped = ({ byte, bit }: { byte: number; bit: number }): Uint8Array =>
  WHOLE.map((value, i) => (i === byte ? value ^ (1 << bit) : value));

async function tableOf(bytes: Uint8Array, parquet: ParquetDecoder) {
  const objects = memoryObjects();
  await objects.put(URI, bytes);
  const { layout } = await locateTable({ objects, parquet }, (await objects.head(URI)) as ObjectHead);
  return { table: await openTable({ objects, parquet }, layout), blocks: layout.blocks };
}

async function valuesOf(bytes: Uint8Array, parquet: ParquetDecoder) {
  const { table, blocks } = await tableOf(bytes, parquet);
  const batches = [];
  for await (const frame of table.frames(blocks)) for await (const batch of frame.decode()) batches.push(batch);
  return tableValues(batches);
}

describe('decoding Parquet in a thread', () => {
  it('names the file, the row group and the column that brings it down, and reads the next file', async () => {
    const parquet = workerDecoder();
    for (let i = 0; i < 3; i++) {
      await expect(valuesOf(flipped(TRAP), parquet)).rejects.toMatchObject({
        code: 'LS_PARQUET_CORRUPT',
        message: `${URI}: row group 0, column \`i32\`, cannot be decoded: the decoder failed on it (unreachable)`,
      });
      expect(await valuesOf(WHOLE, parquet)).toEqual(VALUES[FILE]);
    }
  });

  it('gives up what never ends, and goes on in another thread', async () => {
    const entry = new URL('./fixtures/stubborn-worker.mjs', import.meta.url);
    const parquet = workerDecoder({ entry, patienceMs: 200 });
    const end = (...bytes: number[]) => ({ offset: 0, bytes: Uint8Array.from(bytes) });
    await expect(parquet.schema(end(0))).rejects.toMatchObject({
      code: 'LS_PARQUET_CORRUPT',
      message: 'decoding did not end within 0.2 s',
    });
    expect(await parquet.schema(end(1, 2))).toEqual(Uint8Array.of(1, 2));
  });

  it('goes on with other rows where rows were left in their middle, and with several files at once', async () => {
    const parquet = workerDecoder();
    const { table, blocks } = await tableOf(WHOLE, parquet);
    for await (const frame of table.frames(blocks)) {
      for await (const _batch of frame.decode()) break;
      break;
    }
    const [one, two] = await Promise.all([valuesOf(WHOLE, parquet), valuesOf(WHOLE, parquet)]);
    expect(one).toEqual(VALUES[FILE]);
    expect(two).toEqual(VALUES[FILE]);
  });

  it('says that its thread does not start, as what it is', async () => {
    const parquet = workerDecoder({ entry: new URL('./fixtures/absent.mjs', import.meta.url) });
    await expect(parquet.schema({ offset: 0, bytes: new Uint8Array(0) })).rejects.toThrow(/Cannot find module/);
  });

  it('does not keep the process alive', async () => {
    const program = fileURLToPath(new URL('./fixtures/one-schema.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 60_000 });
    expect(stdout).toBe('LS_PARQUET_CORRUPT\n');
  });
});
