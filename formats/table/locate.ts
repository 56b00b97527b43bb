import { LockstepError } from '#core/errors.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { corrupt, unsupported } from '../arrow/check/corrupt.ts';
import { locateFile } from '../arrow/locate/file.ts';
import { locateStream } from '../arrow/locate/stream.ts';
import type { Located } from '../arrow/metadata/decode-schema.ts';

const MAGIC = 'ARROW1';
const MIN_BYTES = 8;
/** Enough for the schema message that most files begin with. */
const FIRST_READ_BYTES = 64 * 1024;

/**
 * Finds the schema, the dictionaries and the record batches of an Arrow IPC file or stream, reading only what describes
 * them: the footer of a file, the message headers of a stream. LS_ARROW_CORRUPT if anything does not add up,
 * LS_INPUT_CHANGED if the object is overwritten meanwhile.
 */
export async function locateArrow(objects: Pick<Objects, 'get'>, head: ObjectHead): Promise<Located> {
  if (head.sizeBytes < MIN_BYTES) throw corrupt(head, `${head.sizeBytes} bytes are too few for an Arrow file`);
  const end = Math.min(head.sizeBytes, FIRST_READ_BYTES);
  const { bytes } = await objects.get(head.uri, { start: 0, end, etag: head.etag });
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length));
  if (magic === MAGIC) return locateFile(objects, head, bytes);
  if (magic.startsWith('PAR1')) throw unsupported(head, 'this is a Parquet file; inference reads Arrow IPC');
  if (looksLikeStream(bytes, head.sizeBytes)) return locateStream(objects, head);
  throw new LockstepError('LS_ARROW_CORRUPT', `${head.uri}: expected an Arrow IPC file or stream, got neither`);
}

/** A stream starts with the length of the schema message: behind a marker, or at once in files before Arrow 0.15. */
function looksLikeStream(bytes: Uint8Array, sizeBytes: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint32(0, true);
  return first === 0xffffffff || (first > 0 && first % 4 === 0 && first < sizeBytes);
}
