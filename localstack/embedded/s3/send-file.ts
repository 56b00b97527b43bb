import { read } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import type { ByteRange } from './range.ts';

const PIECE_BYTES = 1024 * 1024;
/** Pieces that are kept for the next requests. */
const SPARE_PIECES = 16;

const spare: Buffer[] = [];
const readInto = promisify(read);

/**
 * Sends bytes of an open file as the body of a response, in pieces of memory that is used again: no other copy is made
 * between the disk and the socket. The next piece is read while one is sent. `unchanged` is asked before the last piece
 * goes; where it throws, and where the file ends too soon, the answer stays cut off, so that nobody takes it for whole.
 */
export async function sendFile(
  response: ServerResponse,
  { fd, first, last }: ByteRange & { readonly fd: number },
  unchanged: () => void,
): Promise<void> {
  let sent: Promise<void> = Promise.resolve();
  for (let at = first; at <= last; ) {
    const piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    const size = Math.min(PIECE_BYTES, last + 1 - at);
    const filled = await fill(fd, piece.subarray(0, size), at).catch((error: unknown) => error as Error);
    // Whatever comes next, the piece before this one is still being sent, from memory that is used again afterwards.
    await sent;
    if (filled !== size) throw filled instanceof Error ? filled : new Error(`the file ends before byte ${at + size}`);
    at += size;
    if (at > last) unchanged();
    sent = write(response, piece.subarray(0, size)).finally(() => {
      if (spare.length < SPARE_PIECES) spare.push(piece);
    });
    // Its failure is met where it is awaited, after the next piece has been read.
    sent.catch(() => {});
  }
  await sent;
  response.end();
}

async function fill(fd: number, piece: Buffer, from: number): Promise<number> {
  for (let filled = 0; ; ) {
    const { bytesRead } = await readInto(fd, piece, filled, piece.length - filled, from + filled);
    filled += bytesRead;
    if (bytesRead === 0 || filled === piece.length) return filled;
  }
}

/** Resolves once the system has taken the bytes. */
const write = (response: ServerResponse, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
