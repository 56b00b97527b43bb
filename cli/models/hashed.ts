import { createHash } from 'node:crypto';

/** The chunks as they come. At their end it throws what `wrong` makes of their sha256 where that is another. */
export async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  sha256: string,
  wrong: (got: string) => Error,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const got = hash.digest('hex');
  if (got !== sha256) throw wrong(got);
}
