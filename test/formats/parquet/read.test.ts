/**
 * Parquet files of other writers, held against what pyarrow reads from them: every codec and encoding, pages of both
 * versions, every type (test/fixtures/tables/write_parquet.py says how they were made).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { locateTable, openTable } from '#formats/table/formats.ts';
import { tableValues } from '../arrow/plain-values.ts';
import { partOf, readAll } from '../arrow/read-all.ts';

const FOLDER = 'test/fixtures/tables';
const VALUES = JSON.parse(readFileSync(`${FOLDER}/parquet-values.json`, 'utf8'));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.parquet'));
const bytesOf = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
const parquet = workerDecoder();
const URI = 's3://data/in.parquet';

describe.each(FILES)('%s', (name) => {
  it('is read as pyarrow reads it, and kept in a part', async () => {
    const batches = await readAll(bytesOf(name));
    expect(tableValues(batches)).toEqual(VALUES[name]);
    const { prediction: _, ...kept } = tableValues(await readAll(partOf(batches)));
    expect(kept).toEqual(VALUES[name]);
  });

  it('is refused by name wherever it is cut off', async () => {
    const whole = bytesOf(name);
    for (let length = 0; length < whole.length; length += 501) {
      const error = await readAll(whole.subarray(0, length)).catch((thrown: unknown) => thrown);
      expect(error, `cut after ${length}`).toMatchObject({
        code: expect.stringMatching(/^LS_(PARQUET|ARROW)_CORRUPT/),
      });
    }
  });
});

describe('reading Parquet', () => {
  const whole = bytesOf('pyarrow-26.0.1-snappy.parquet');

  it('finds row groups with their rows, and reads of them only the columns that are needed', async () => {
    const objects = memoryObjects();
    await objects.put(URI, whole);
    const head = (await objects.head(URI)) as ObjectHead;
    const { layout } = await locateTable({ objects, parquet }, head);
    expect(layout.format).toBe('parquet');
    expect(layout.blocks.map(({ rows }) => rows)).toEqual([4, 3]);
    const asked: number[] = [];
    const get: Objects['get'] = (uri, range) => {
      asked.push((range?.end ?? 0) - (range?.start ?? 0));
      return objects.get(uri, range);
    };
    const table = await openTable({ objects: { get }, parquet }, layout, ['f32', 'text']);
    expect(table.schema.fields.map((field) => field.name)).toEqual(['f32', 'text']);
    asked.length = 0;
    const values: unknown[] = [];
    for await (const frame of table.frames(layout.blocks)) {
      for await (const batch of frame.decode()) values.push(...(tableValues([batch]).text ?? []));
      frame.release();
    }
    expect(values).toEqual(VALUES['pyarrow-26.0.1-snappy.parquet'].text);
    const rowBytes = layout.blocks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(asked.reduce((sum, size) => sum + size, 0)).toBeLessThan(rowBytes / 5);
  });

  it.each([
    ['cut off', whole.subarray(0, whole.length - 1), /starts with PAR1 but does not end with it/],
    [
      'an absurd footer length',
      Uint8Array.from([...whole.subarray(0, -8), 255, 255, 255, 127, ...whole.subarray(-4)]),
      /a footer of 2147483647 bytes/,
    ],
    ['an encrypted footer', Uint8Array.from([...whole.subarray(0, -1), 69]), /its footer is encrypted/],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
  });
});
