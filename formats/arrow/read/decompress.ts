import { zstdDecompressSync } from 'node:zlib';
import type { Block } from '#core/inference/layout.ts';
import { corrupt, type Place, unsupported } from '../check/corrupt.ts';
import { type BatchHeader, decodeMessage, rewriteBody } from '../metadata/message.ts';
import { decodeFrame } from './lz4/frame.ts';

/** A message and where it lies; the block is as long as these bytes should be. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly block: Block;
}

/** What one record batch may decode to. The lengths are the file's own claim, and memory is reserved by them. */
const MAX_DECODED_BYTES = 512 * 1024 * 1024;
/** No LZ4 stream holds more than this for each of its bytes. */
const LZ4_MAX_RATIO = 255;
/** Each buffer begins with its decoded length, or with -1 where it is stored as it is. */
const LENGTH_BYTES = 8;
const STORED = -1n;
const ALIGNMENT = 64;

type Codec = NonNullable<BatchHeader['codec']>;

/** One buffer as it lies in the compressed body, and how many bytes it has decoded. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  readonly isStored: boolean;
}

/**
 * The same message with its body decompressed and a header that says so. What comes out is as untrusted as what went in:
 * the caller checks it like any other. LS_ARROW_CORRUPT where a length or the compressed bytes are wrong,
 * LS_ARROW_UNSUPPORTED for a batch of more than 512 MiB.
 */
export function decompressed(
  { bytes, block, metadataBytes }: Message & { readonly metadataBytes: number },
  header: BatchHeader,
  place: Place,
): Message {
  const { codec, buffers } = header;
  if (codec === undefined) return { bytes, block };
  const body = bytes.subarray(metadataBytes);
  const packed = buffers.map((buffer) => unpacked(body, buffer, { codec, place }));
  let end = 0;
  const regions = packed.map(({ sizeBytes: length }) => {
    const offset = end;
    end = aligned(offset + length);
    return { offset, length };
  });
  if (end > MAX_DECODED_BYTES) {
    throw unsupported(place, `a record batch decodes to ${end} bytes, at most ${MAX_DECODED_BYTES} are read at once`);
  }
  const decodedBlock = { offset: block.offset, sizeBytes: metadataBytes + end };
  const decoded = new Uint8Array(decodedBlock.sizeBytes);
  decoded.set(bytes.subarray(0, metadataBytes));
  // Files from before Arrow 0.15 have a prefix of four bytes, but no compression either.
  rewriteBody(decodeMessage(decoded.subarray(LENGTH_BYTES, metadataBytes), place), end, regions);
  packed.forEach((each, i) => {
    const { offset = 0, length = 0 } = regions[i] ?? {};
    const start = metadataBytes + offset;
    decode(each, decoded.subarray(start, start + length), { codec, place });
  });
  return { bytes: decoded, block: decodedBlock };
}

function unpacked(
  body: Uint8Array,
  { offset, length }: BatchHeader['buffers'][number],
  { codec, place }: { codec: Codec; place: Place },
): Packed {
  if (length === 0) return { bytes: new Uint8Array(0), sizeBytes: 0, isStored: true };
  if (offset + length > body.length || length < LENGTH_BYTES)
    throw corrupt(place, 'a compressed buffer lies outside its batch');
  const declared = new DataView(body.buffer, body.byteOffset + offset).getBigInt64(0, true);
  const bytes = body.subarray(offset + LENGTH_BYTES, offset + length);
  if (declared === STORED) return { bytes, sizeBytes: bytes.length, isStored: true };
  if (declared < 0n || (codec === 'lz4' && declared > BigInt(LZ4_MAX_RATIO * bytes.length))) {
    throw corrupt(place, `a compressed buffer of ${bytes.length} bytes claims to hold ${declared}`);
  }
  return { bytes, sizeBytes: Number(declared), isStored: false };
}

/** Fills `target`, which has the length that was declared. */
function decode(
  { bytes, isStored }: Packed,
  target: Uint8Array,
  { codec, place }: { codec: Codec; place: Place },
): void {
  try {
    if (isStored) target.set(bytes);
    else if (codec === 'lz4') decodeFrame(bytes, target);
    else target.set(zstdDecoded(bytes, target.length));
  } catch (error) {
    throw corrupt(place, `a buffer compressed with ${codec} is damaged`, error);
  }
}

function zstdDecoded(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const decoded = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, sizeBytes) });
  if (decoded.length !== sizeBytes) throw new RangeError(`${decoded.length} bytes where ${sizeBytes} are declared`);
  return decoded;
}

const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
