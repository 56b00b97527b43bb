import { S3Error } from './s3-error.ts';

/**
 * Decodes `aws-chunked`, the framing that SDKs put around a body whose checksum they send behind it:
 * `<size in hex>[;chunk-signature=…]CRLF <bytes> CRLF`, repeated, then a chunk of size 0 and the trailers.
 * Yields the bytes as they arrive; `trailers` is filled by the time the generator ends.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new FrameReader(source);
  for (;;) {
    const size = Number.parseInt((await reader.line()).split(';')[0] ?? '', 16);
    if (Number.isNaN(size)) throw new S3Error(400, 'InvalidRequest', 'The aws-chunked body is malformed');
    if (size === 0) break;
    for (let left = size; left > 0; ) {
      const piece = await reader.atMost(left);
      left -= piece.length;
      yield piece;
    }
    await reader.line();
  }
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':');
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

/** Lines and runs of bytes out of a stream of chunks that are cut anywhere. */
class FrameReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    let end = this.#held.indexOf('\r\n');
    while (end < 0) {
      this.#held = Buffer.concat([this.#held, await this.#next()]);
      end = this.#held.indexOf('\r\n');
    }
    const line = this.#held.toString('latin1', 0, end);
    this.#held = this.#held.subarray(end + 2);
    return line;
  }

  async atMost(sizeBytes: number): Promise<Buffer> {
    if (this.#held.length === 0) this.#held = await this.#next();
    const piece = this.#held.subarray(0, sizeBytes);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#source.next();
    if (done === true) throw new S3Error(400, 'IncompleteBody', 'The body ended before its last chunk');
    return value;
  }
}
