import type { Schema } from 'apache-arrow';
import type { Extent } from '#core/inference/layout.ts';
import type { Located, ObjectStart, ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { corrupt } from '../check/corrupt.ts';
import { decodeSchema } from '../metadata/decode-schema.ts';
import { schemaMessage } from '../metadata/schema-message.ts';
import { checkGap, gapsBetween, HEAD_BYTES } from './coverage.ts';
import { decodeFooter } from './footer.ts';

/** Footer length and magic at the end. */
const TAIL_BYTES = 10;
/** Most footers fit into what is read first, together with the tail. */
const FIRST_READ_BYTES = 64 * 1024;
/** Each costs a request; writers align to at most 64 bytes, and what is shorter is no gap. */
const MAX_GAPS = 1000;

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
  const extents = gapsBetween([...dictionaries, ...blocks], schema.offset, head);
  if (extents.length > MAX_GAPS) throw corrupt(head, `there are ${extents.length} gaps between its record batches`);
  // What may be in front of a record batch, a schema, is as long as the one in the footer.
  const looked = schema.sizeBytes + FIRST_READ_BYTES;
  for (const gap of extents) {
    const gapEnd = gap.offset + Math.min(gap.sizeBytes, looked);
    checkGap(gapEnd <= start.length ? start.subarray(gap.offset, gapEnd) : await read(gap.offset, gapEnd), gap, head);
  }
  return {
    layout: { uri, etag, sizeBytes, format: 'arrow-file', schema, dictionaries, blocks },
    schema: decodeSchema(schemaMessage(footerBytes, decoded), head),
  };
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
