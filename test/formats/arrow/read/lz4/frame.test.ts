import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBlock } from '#formats/arrow/read/lz4/block.ts';
import { decodeFrame } from '#formats/arrow/read/lz4/frame.ts';
import { xxhash32 } from '#formats/arrow/read/lz4/xxhash32.ts';
import { encodeSequences, expand, sequences } from './sequences.ts';

const text = new TextEncoder().encode(Array.from({ length: 60_000 }, (_, i) => `${(i * 7919) % 997}`).join(' '));
const fixture = (kind: string) => new Uint8Array(readFileSync(`test/fixtures/lz4-1.9.4-${kind}.lz4`));

describe('xxhash32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('gives the published hash of %j', (of, hash) => {
    expect(xxhash32(new TextEncoder().encode(of))).toBe(hash);
  });
});

describe.each(['linked', 'independent'])('a frame that the lz4 program wrote (%s blocks)', (kind) => {
  it('is decoded to the last byte', () => {
    const target = new Uint8Array(text.length);
    decodeFrame(fixture(kind), target);
    expect(Buffer.compare(target, text)).toBe(0);
  });

  it('is refused wherever it is cut off, longer, or of another size than declared', () => {
    const frame = fixture(kind);
    for (let length = 0; length < frame.length; length += 41) {
      expect(() => decodeFrame(frame.subarray(0, length), new Uint8Array(text.length)), `${length}`).toThrow(
        RangeError,
      );
    }
    expect(() => decodeFrame(Uint8Array.of(...frame, 0), new Uint8Array(text.length))).toThrow(/bytes follow the end/);
    expect(() => decodeFrame(frame, new Uint8Array(text.length - 1))).toThrow(RangeError);
    expect(() => decodeFrame(frame, new Uint8Array(text.length + 1))).toThrow(RangeError);
  });

  it('is refused whichever byte is damaged, because everything has a checksum', () => {
    const frame = fixture(kind);
    for (let at = 0; at < frame.length; at += 23) {
      const damaged = Uint8Array.from(frame);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      expect(() => decodeFrame(damaged, new Uint8Array(text.length)), `byte ${at}`).toThrow(RangeError);
    }
  });
});

describe('an LZ4 block', () => {
  it('decodes to what its sequences say, for any literals, distances and lengths', () => {
    fc.assert(
      fc.property(sequences, (parts) => {
        const expected = expand(parts);
        const target = new Uint8Array(expected.length + 3).fill(0xee);
        const end = decodeBlock(encodeSequences(parts), { bytes: target, at: 0, windowStart: 0 });
        expect([...target.subarray(0, end)]).toEqual(expected);
        expect([...target.subarray(end)]).toEqual([0xee, 0xee, 0xee]);
      }),
      { numRuns: 300 },
    );
  });

  it('never writes beyond its target nor reads before its window, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), fc.nat(20), (block, room, before) => {
        const memory = new Uint8Array(before + room + 64).fill(0xee);
        const bytes = memory.subarray(0, before + room);
        try {
          decodeBlock(block, { bytes, at: before, windowStart: before });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        expect(memory.subarray(0, before).every((byte) => byte === 0xee)).toBe(true);
        expect(memory.subarray(before + room).every((byte) => byte === 0xee)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('may not reach back behind its window', () => {
    const block = encodeSequences([
      { literals: [1, 2], distance: 3, match: 4 },
      { literals: [9], distance: 0, match: 0 },
    ]);
    const bytes = new Uint8Array(32);
    expect(() => decodeBlock(block, { bytes, at: 8, windowStart: 8 })).toThrow(/reaches back too far/);
    expect(decodeBlock(block, { bytes, at: 8, windowStart: 0 })).toBe(15);
  });
});
