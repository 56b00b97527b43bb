/**
 * Decodes LZ4 frames (the format of the `lz4` program, version 1.6.x), which is what Arrow calls LZ4. Node has no codec
 * for it, and a native package would have to be built for every platform that a function runs on.
 */
import { decodeBlock } from './block.ts';
import { xxhash32 } from './xxhash32.ts';

const MAGIC = 0x184d2204;
const FLAG = { version: 0xc0, independent: 0x20, blockSums: 0x10, size: 0x08, sum: 0x04, dictionary: 0x01 } as const;
const VERSION_1 = 0x40;
/** Set in the size of a block that is stored as it is. */
const STORED = 0x80000000;

/**
 * Decodes one frame that fills `source` into `target`, which it must fill exactly. Checksums that the frame carries are
 * checked. Throws RangeError for anything that is not so; never writes beyond `target`.
 */
export function decodeFrame(source: Uint8Array, target: Uint8Array): void {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const { flags, end } = decodeDescriptor(source, view, target.length);
  let from = end;
  let at = 0;
  for (;;) {
    const word = view.getUint32(from, true);
    from += 4;
    if (word === 0) break;
    const size = word & ~STORED;
    if (size > source.length - from) throw new RangeError('an LZ4 frame ends within a block');
    const block = source.subarray(from, from + size);
    from += size;
    if (flags & FLAG.blockSums) {
      expectSum(view.getUint32(from, true), block);
      from += 4;
    }
    at = (word & STORED) === 0 ? decoded(block, { bytes: target, at, flags }) : stored(block, target, at);
  }
  if (flags & FLAG.sum) {
    expectSum(view.getUint32(from, true), target);
    from += 4;
  }
  if (at !== target.length) throw new RangeError(`an LZ4 frame holds ${at} bytes and declares ${target.length}`);
  if (from !== source.length) throw new RangeError('bytes follow the end of an LZ4 frame');
}

/** Magic, flags, largest block, size and dictionary where the flags say so, and one byte of checksum over these. */
function decodeDescriptor(source: Uint8Array, view: DataView, sizeBytes: number): { flags: number; end: number } {
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('not an LZ4 frame');
  const flags = view.getUint8(4);
  if ((flags & FLAG.version) !== VERSION_1 || flags & FLAG.dictionary)
    throw new RangeError('an unknown kind of LZ4 frame');
  let sumAt = 6;
  if (flags & FLAG.size) {
    const size = view.getBigUint64(sumAt, true);
    if (size !== BigInt(sizeBytes))
      throw new RangeError(`an LZ4 frame of ${size} bytes where ${sizeBytes} are declared`);
    sumAt += 8;
  }
  if (view.getUint8(sumAt) !== ((xxhash32(source.subarray(4, sumAt)) >>> 8) & 0xff)) {
    throw new RangeError('the header of an LZ4 frame is damaged');
  }
  return { flags, end: sumAt + 1 };
}

function decoded(block: Uint8Array, { bytes, at, flags }: { bytes: Uint8Array; at: number; flags: number }): number {
  return decodeBlock(block, { bytes, at, windowStart: flags & FLAG.independent ? at : 0 });
}

function stored(block: Uint8Array, target: Uint8Array, at: number): number {
  target.set(block, at);
  return at + block.length;
}

function expectSum(expected: number, bytes: Uint8Array): void {
  if (xxhash32(bytes) !== expected) throw new RangeError('a checksum of an LZ4 frame does not fit');
}
