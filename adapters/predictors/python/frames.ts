/** Messages as bytes: two lengths (big endian, 32 bits), a JSON object of the first length, so many bytes of the second. */

const LENGTHS_BYTES = 8;
/** What a message says beside its rows is a few lines; anything longer is none of ours. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

export interface FramedMessage {
  readonly header: unknown;
  /** In memory of its own, as Arrow wants it aligned. */
  readonly payload: Uint8Array;
}

/** The bytes before the payload. */
export function frameHead(header: object, payloadBytes: number): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(LENGTHS_BYTES + json.length);
  head.writeUInt32BE(json.length, 0);
  head.writeUInt32BE(payloadBytes, 4);
  json.copy(head, LENGTHS_BYTES);
  return head;
}

/** Finds the messages in chunks of bytes, however those are cut. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #there = 0;
  /** Bytes without which there is nothing to do. */
  #needs = LENGTHS_BYTES;

  /** The messages that this chunk completes. SyntaxError or RangeError where the bytes are no messages. */
  push(chunk: Uint8Array): FramedMessage[] {
    this.#chunks.push(chunk);
    this.#there += chunk.length;
    if (this.#there < this.#needs) return [];
    const frames: FramedMessage[] = [];
    let bytes = Buffer.concat(this.#chunks);
    for (;;) {
      this.#needs = neededBytes(bytes);
      if (bytes.length < this.#needs || bytes.length < LENGTHS_BYTES) break;
      frames.push(frameIn(bytes));
      bytes = bytes.subarray(this.#needs);
    }
    this.#chunks = [bytes];
    this.#there = bytes.length;
    return frames;
  }
}

function neededBytes(bytes: Buffer): number {
  if (bytes.length < LENGTHS_BYTES) return LENGTHS_BYTES;
  const headerBytes = bytes.readUInt32BE(0);
  if (headerBytes > MAX_HEADER_BYTES) throw new RangeError(`a message of ${headerBytes} bytes beside its rows`);
  return LENGTHS_BYTES + headerBytes + bytes.readUInt32BE(4);
}

function frameIn(bytes: Buffer): FramedMessage {
  const from = LENGTHS_BYTES + bytes.readUInt32BE(0);
  const header: unknown = JSON.parse(bytes.toString('utf8', LENGTHS_BYTES, from));
  return { header, payload: new Uint8Array(bytes.subarray(from, from + bytes.readUInt32BE(4))) };
}
