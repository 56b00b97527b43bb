import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { countRows, locateTable, openTable } from '#formats/table/formats.ts';

const FOLDER = 'test/fixtures/tables';
const FILES = readdirSync(FOLDER).filter((name) => /\.(parquet|arrows?)$/.test(name));
const parquet = workerDecoder();

async function stored(bytes: Uint8Array) {
  const objects = memoryObjects();
  await objects.put('s3://data/in', bytes);
  return { objects, head: (await objects.head('s3://data/in')) as ObjectHead };
}

describe('counting rows', () => {
  test.each(FILES)('of %s finds, block by block, as many as there are once decoded', async (name) => {
    const { objects, head } = await stored(readFileSync(`${FOLDER}/${name}`));
    const { layout } = await locateTable({ objects, parquet }, head);
    const table = await openTable({ objects, parquet }, layout);
    const decoded: number[] = [];
    for await (const frame of table.frames(layout.blocks)) {
      let rows = 0;
      for await (const batch of frame.decode()) rows += batch.numRows;
      decoded.push(rows);
      frame.release();
    }
    expect(await countRows(objects, head)).toEqual({ format: layout.format, blockRows: decoded });
  });

  test('refuses a record batch whose header is cut off or damaged, and names the object', async () => {
    const bytes = readFileSync(`${FOLDER}/pyarrow-26.0.1.arrow`);
    const { objects, head } = await stored(bytes);
    const { layout } = await locateTable({ objects, parquet }, head);
    const [block] = layout.blocks;
    for (const at of [4, 8]) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt32LE(0x7fffffff, (block?.offset ?? 0) + at);
      const { objects: others, head: other } = await stored(damaged);
      await expect(countRows(others, other)).rejects.toMatchObject({
        code: 'LS_ARROW_CORRUPT',
        message: expect.stringContaining('s3://data/in'),
      });
    }
  });
});
