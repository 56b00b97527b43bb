/** Record batches with LZ4 and ZSTD bodies: Feather files have them unless told otherwise. */
import { readFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  CompressionType,
  columnFromArray,
  dictionary,
  float32,
  setCompressionCodec,
  tableFromColumns,
  tableToIPC,
  utf8,
} from '@uwdata/flechette';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAll } from './read-all.ts';

const values = JSON.parse(readFileSync('test/fixtures/arrow-cpp-2.0.0.json', 'utf8'));
const fixture = (name: string) => new Uint8Array(readFileSync(`test/fixtures/arrow-cpp-2.0.0-${name}`));

describe.each(['arrow', 'arrows'])('a file that Arrow C++ compressed (%s)', (ending) => {
  it.each([
    ['lz4', 'compressible'],
    ['zstd', 'compressible'],
    ['uncompressible_lz4', 'uncompressible'],
    ['uncompressible_zstd', 'uncompressible'],
  ])('is read with every value: %s', async (name, kind) => {
    const batches = await readAll(fixture(`${name}.${ending}`));
    for (const [column, expected] of Object.entries(values[kind] as Record<string, unknown[]>)) {
      const got = batches.flatMap((batch) => [...(batch.getChild(column) ?? [])]);
      expect(got.map((value) => (typeof value === 'bigint' ? Number(value) : value))).toEqual(expected);
    }
  });

  it.each(['lz4', 'zstd'])('gives an error or every value, whichever byte is damaged: %s', async (name) => {
    const whole = fixture(`${name}.${ending}`);
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x11;
      const result = await readAll(damaged).catch((error: unknown) => error);
      if (Array.isArray(result)) expect(result.map((batch) => batch.numRows)).toEqual([30, 30]);
      else {
        expect((result as { code: string }).code, `byte ${at}: ${result}`).toMatch(/^LS_ARROW_/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 4);
  });
});

describe('a file with a dictionary, compressed by another implementation', () => {
  beforeAll(() => {
    setCompressionCodec(CompressionType.ZSTD, {
      encode: (bytes) => zstdCompressSync(bytes),
      decode: (bytes) => zstdDecompressSync(bytes),
    });
  });

  const table = () =>
    tableFromColumns({
      x: columnFromArray(
        Array.from({ length: 5000 }, (_, i) => i % 7),
        float32(),
      ),
      word: columnFromArray(
        Array.from({ length: 5000 }, (_, i) => `word ${i % 3}`),
        dictionary(utf8()),
      ),
    });

  it.each(['file', 'stream'] as const)('is read with every value (%s)', async (format) => {
    const bytes = tableToIPC(table(), { format, codec: CompressionType.ZSTD }) as Uint8Array;
    expect(bytes.length).toBeLessThan(5000);
    const [batch] = await readAll(bytes);
    expect([batch?.numRows, batch?.getChild('word')?.get(4999), batch?.getChild('x')?.get(4999)]).toEqual([
      5000,
      'word 1',
      4999 % 7,
    ]);
  });
});

describe('a compressed buffer that lies about its length', () => {
  /** The fixture with the first length that its first compressed buffer claims replaced. */
  function claiming(name: string, magic: number, length: bigint): Uint8Array {
    const bytes = fixture(`${name}.arrow`);
    const view = new DataView(bytes.buffer);
    for (let at = 8; at < bytes.length - 4; at++) {
      if (view.getUint32(at, true) !== magic) continue;
      view.setBigInt64(at - 8, length, true);
      return bytes;
    }
    throw new Error('no compressed buffer found');
  }
  const LZ4 = 0x184d2204;
  const ZSTD = 0xfd2fb528;

  it.each([
    ['lz4', LZ4, 2n ** 40n, /claims to hold 1099511627776/],
    ['lz4', LZ4, -2n, /claims to hold -2/],
    ['lz4', LZ4, 8n, /compressed with lz4 is damaged|buffer of `ints` holds/],
    ['zstd', ZSTD, 2n ** 40n, /a record batch decodes to \d+ bytes, at most 536870912/],
    ['zstd', ZSTD, 8n, /compressed with zstd is damaged/],
    ['zstd', ZSTD, 100_000n, /compressed with zstd is damaged/],
  ])('is refused before memory is taken for it: %s, %i, %i', async (name, magic, length, message) => {
    await expect(readAll(claiming(name, magic, length))).rejects.toThrow(message);
  });
});
