import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAwsChunked } from '../../../localstack/embedded/s3/aws-chunked.ts';

/** Cuts bytes at the given places. */
async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const place of [...places].sort((a, b) => a - b)) {
    const to = Math.max(from, Math.min(place, bytes.length));
    yield bytes.subarray(from, to);
    from = to;
  }
  yield bytes.subarray(from);
}

function encode(chunks: readonly Uint8Array[], trailer: string): Buffer {
  const frames = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)};chunk-signature=abc\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...frames, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

async function decode(source: AsyncIterable<Buffer>) {
  const trailers = new Map<string, string>();
  const body: Buffer[] = [];
  for await (const piece of decodeAwsChunked(source, trailers)) body.push(piece);
  return { body: Buffer.concat(body), trailers };
}

const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
const places = fc.array(fc.nat(400), { maxLength: 12 });

test('a framed body is the same however the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 5 }), places, async (chunks, at) => {
      const encoded = encode(chunks, 'X-Amz-Checksum-Crc32: AAAA==\r\n');
      const { body, trailers } = await decode(cut(encoded, at));
      expect(body.equals(Buffer.concat(chunks))).toBe(true);
      expect([...trailers]).toEqual([['x-amz-checksum-crc32', 'AAAA==']]);
    }),
  );
});

test('a framed body that ends early is never taken for a whole one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { minLength: 1, maxLength: 5 }), fc.nat(), async (chunks, seed) => {
      const encoded = encode(chunks, '');
      const short = encoded.subarray(0, seed % encoded.length);
      await expect(decode(cut(short, []))).rejects.toMatchObject({ status: 400 });
    }),
  );
});

test('what is not framed is refused', async () => {
  await expect(decode(cut(Buffer.from('hello\r\nworld'), []))).rejects.toMatchObject({ code: 'InvalidRequest' });
});
