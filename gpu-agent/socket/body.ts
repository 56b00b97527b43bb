import type { IncomingMessage } from 'node:http';
import { LockstepError } from '#core/errors.ts';
import type { FileBody } from '../services/uploads.ts';

/** JSON bodies: an allGather payload of 64 KB may double when it is escaped. */
const JSON_BYTES_MAX = 512 * 2 ** 10;

/** The body as a file of any size, which is not kept in memory. */
export function fileBody(request: IncomingMessage): FileBody {
  const length = request.headers['content-length'];
  // What is left of it must be read when a write fails half way, so that the caller gets its answer.
  const chunks = request.iterator({ destroyOnReturn: false });
  return { chunks, ...(length !== undefined && { sizeBytes: Number(length) }) };
}

/**
 * Reads a whole body. One that is too large is read to its end and thrown away, because a caller that is still writing
 * would see a broken pipe in place of the refusal.
 */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (size > maxBytes) {
    throw new LockstepError('LS_BAD_CALL', `the body has ${size} bytes, more than the ${maxBytes} allowed`);
  }
  return Buffer.concat(chunks, size);
}

/** Reads a body that is a JSON object. */
export async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request, JSON_BYTES_MAX)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LockstepError('LS_BAD_CALL', 'the body is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new LockstepError('LS_BAD_CALL', 'the body is not a JSON object');
}
