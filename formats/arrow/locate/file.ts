import type { Schema } from 'apache-arrow';
import type { Extent } from '#core/inference/layout.ts';
import type { Located, ObjectStart, ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { corrupt, decoding } from '../check/corrupt.ts';
import { decodeSchema } from '../metadata/decode-schema.ts';
import { decodePrefix } from '../metadata/message.ts';
import { schemaMessage } from '../metadata/schema-message.ts';
import { checkCoverage, HEAD_BYTES } from './coverage.ts';
import { decodeFooter } from './footer.ts';

/** Footer length and magic at the end. */
const TAIL_BYTES = 10;
/** Most footers fit into what is read first, together with the tail. */
const FIRST_READ_BYTES = 64 * 1024;

/** Layout of an Arrow IPC file, from its footer. */
export async function locateFile(objects: ReadObjects, { head, bytes: start }: ObjectStart): Promise<Located<Schema>> {
  const { uri, etag, sizeBytes } = head;
  const read = async (offset: number, end: number) => (await objects.get(uri, { start: offset, end, etag })).bytes;
  if (sizeBytes < HEAD_BYTES + TAIL_BYTES) throw corrupt(head, `cut off: ${sizeBytes} bytes and no footer`);
  const from = Math.max(0, sizeBytes - FIRST_READ_BYTES);
  const end = await read(from, sizeBytes);
  const schema = footerExtent(end, head);
  const footer = schema.offset >= from ? end.subarray(schema.offset - from) : await read(schema.offset, sizeBytes);
  const footerBytes = footer.subarray(0, schema.sizeBytes);
  const decoded = decodeFooter(footerBytes, head);
  const { dictionaries, batches: blocks } = decoded;
  const needed = Math.min(firstMessageEnd(start), schema.offset);
  const first = needed <= start.length ? start : await read(0, needed);
  decoding(head, 'the first message of the file', () =>
    checkCoverage([...dictionaries, ...blocks], first, schema.offset, head),
  );
  return {
    layout: { uri, etag, sizeBytes, format: 'arrow-file', schema, dictionaries, blocks },
    schema: decodeSchema(schemaMessage(footerBytes, decoded), head),
  };
}

/** Where the metadata of the first message ends: the schema of a table with a thousand columns is long. */
function firstMessageEnd(start: Uint8Array): number {
  const { prefixBytes, metadataBytes } = decodePrefix(start.subarray(HEAD_BYTES));
  return HEAD_BYTES + prefixBytes + metadataBytes;
}

/** Where the footer is, from the last bytes of the file. */
function footerExtent(end: Uint8Array, head: ObjectHead): Extent {
  const tail = end.subarray(end.length - TAIL_BYTES);
  if (new TextDecoder('latin1').decode(tail.subarray(4)) !== 'ARROW1') {
    throw corrupt(head, 'cut off: the file starts with ARROW1 but does not end with it');
  }
  const sizeBytes = new DataView(tail.buffer, tail.byteOffset).getInt32(0, true);
  const offset = head.sizeBytes - TAIL_BYTES - sizeBytes;
  if (sizeBytes <= 0 || offset < HEAD_BYTES) {
    throw corrupt(head, `a footer of ${sizeBytes} bytes does not fit into ${head.sizeBytes} bytes`);
  }
  return { offset, sizeBytes };
}
