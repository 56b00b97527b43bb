/**
 * Damage in the pages of Parquet files of other writers: an error that names the file and the row group, or values. Which
 * values a bit stands for that nothing checks cannot be known; test/formats/fuzz/main.ts holds them against pyarrow.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeFooter } from '#formats/parquet/footer/footer.ts';
import { rawFields, rawStruct } from '#formats/parquet/footer/raw-struct.ts';
import { readStruct, readStructAt } from '#formats/parquet/footer/thrift.ts';
import { tableValues } from '../arrow/plain-values.ts';
import { readAll } from '../arrow/read-all.ts';
import { flippedPages, seeded } from '../fuzz/damage.ts';

const FOLDER = 'test/fixtures/tables';
const VALUES = JSON.parse(readFileSync(`${FOLDER}/parquet-values.json`, 'utf8'));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.parquet'));
const CHECKED = FILES.filter((name) => name.includes('checksums'));
const SEEDS = 6;

const bytesOf = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
const errorOf = (bytes: Uint8Array) =>
  readAll(bytes).then(
    () => undefined,
    (error: unknown) => error,
  );

function footerOf(bytes: Uint8Array) {
  const size = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  const at = bytes.length - 8 - size;
  return { at, footer: bytes.subarray(at, at + size) };
}

describe.each(FILES)('%s with flipped bits in its pages', (name) => {
  it(`is refused by name or read, and read as ever when it is whole: ${SEEDS} seeds`, async () => {
    const whole = bytesOf(name);
    for (let seed = 0; seed < SEEDS; seed++) {
      const error = await errorOf(flippedPages(whole, seeded(seed)));
      if (error === undefined) continue;
      expect(error, `seed ${seed}`).toMatchObject({
        code: 'LS_PARQUET_CORRUPT',
        message: expect.stringMatching(/^s3:\/\/data\/in\.arrow: row group \d+/),
      });
    }
    expect(tableValues(await readAll(whole))).toEqual(VALUES[name]);
  });
});

describe.each(CHECKED)('%s, whose pages have checksums,', (name) => {
  it('is refused whichever bit is flipped in what a page holds', async () => {
    const whole = bytesOf(name);
    const { at, footer } = footerOf(whole);
    const { rowGroups } = decodeFooter(footer, at, { uri: name });
    const random = seeded(1);
    for (const [group, { chunks }] of rowGroups.entries()) {
      for (const { offset, path } of chunks) {
        const { value: header, end: body } = readStructAt(whole, offset);
        const bodyBytes = Number(header.get(3));
        if (bodyBytes === 0) continue;
        const bytes = Uint8Array.from(whole);
        const place = body + random(bodyBytes);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << random(8));
        expect(await errorOf(bytes)).toMatchObject({
          code: 'LS_PARQUET_CORRUPT',
          message: expect.stringContaining(`in.arrow: row group ${group}, column \`${path.join('.')}\` cannot be read`),
        });
      }
    }
  });
});

describe('what a decoder is given of a footer', () => {
  it.each(FILES)('%s: the struct again where all of its fields are put together', (name) => {
    const { footer } = footerOf(bytesOf(name));
    expect(rawStruct(rawFields(footer))).toEqual(footer);
  });

  it.each(FILES)('%s: one row group with its rows, without statistics and indexes of pages', (name) => {
    const { at, footer } = footerOf(bytesOf(name));
    const { rowGroups, footers } = decodeFooter(footer, at, { uri: name });
    for (const [group, { rows, chunks }] of rowGroups.entries()) {
      const end = footers.of(group);
      const slim = readStruct(end);
      expect(slim.get(3)).toBe(BigInt(rows));
      const again = decodeFooter(end.subarray(0, -8), at, { uri: name });
      expect(again.rowGroups).toEqual([{ rows, chunks }]);
      expect(end.length).toBeLessThan(footer.length + 8);
    }
  });
});
