/**
 * Frames on a ring connection, little-endian:
 *   0: magic  4: sequence of the call  8: step within the call  12: payload bytes  16: payload (float32)
 */
export interface FrameHeader {
  readonly sequence: number;
  readonly step: number;
}

export interface RingFrame extends FrameHeader {
  readonly values: Float32Array;
}

const MAGIC = 0x4b43_4f4c;
const HEADER_BYTES = 16;
/** 1 GiB: more than any chunk, less than what a stray connection could make us allocate. */
const MAX_PAYLOAD_BYTES = 2 ** 30;

export function encodeHeader({ sequence, step }: FrameHeader, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(sequence, 4);
  header.writeUInt32LE(step, 8);
  header.writeUInt32LE(payloadBytes, 12);
  return header;
}

/** Cuts a byte stream into frames; each payload is copied once, into the array that the caller gets. */
export function frameReader(onFrame: (frame: RingFrame) => void): (bytes: Buffer) => void {
  const header = Buffer.alloc(HEADER_BYTES);
  let filled = 0;
  let payload: Uint8Array | undefined;

  const finish = () => {
    if (payload === undefined || filled < payload.byteLength) return;
    const values = new Float32Array(payload.buffer, 0, payload.byteLength / Float32Array.BYTES_PER_ELEMENT);
    payload = undefined;
    filled = 0;
    onFrame({ sequence: header.readUInt32LE(4), step: header.readUInt32LE(8), values });
  };
  const take = (bytes: Buffer, target: Uint8Array): Buffer => {
    const part = bytes.subarray(0, target.byteLength - filled);
    target.set(part, filled);
    filled += part.byteLength;
    return bytes.subarray(part.byteLength);
  };

  return (received) => {
    let bytes = received;
    while (bytes.byteLength > 0) {
      bytes = take(bytes, payload ?? header);
      if (payload === undefined && filled === HEADER_BYTES) {
        payload = new Uint8Array(payloadBytes(header));
        filled = 0;
      }
      finish();
    }
  };
}

function payloadBytes(header: Buffer): number {
  const bytes = header.readUInt32LE(12);
  const isValid = header.readUInt32LE(0) === MAGIC && bytes <= MAX_PAYLOAD_BYTES && bytes % 4 === 0;
  if (!isValid) throw new Error('a ring connection sent bytes that are not a frame');
  return bytes;
}
