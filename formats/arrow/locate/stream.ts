import type { Schema } from 'apache-arrow';
import { type Block, blockEnd } from '#core/inference/layout.ts';
import type { Located, ObjectStart, ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { corrupt, decoding, unsupported } from '../check/corrupt.ts';
import { checkSchema } from '../check/schema.ts';
import { decodeSchema } from '../metadata/decode-schema.ts';
import { decodeMessage, decodePrefix, type MessageHeader } from '../metadata/message.ts';

/** Message headers are read in windows of this size; bodies that are longer are skipped over. */
const WINDOW_BYTES = 64 * 1024;
const PREFIX_BYTES = 8;
const MAX_METADATA_BYTES = 64 * 1024 * 1024;

/**
 * Layout of an Arrow IPC stream, by going from message to message. It must end with the end-of-stream marker: a stream
 * that was cut between two messages would otherwise look complete.
 */
export async function locateStream(objects: ReadObjects, { head }: ObjectStart): Promise<Located<Schema>> {
  const read = windowReader(objects, head);
  const dictionaries: Block[] = [];
  const blocks: Block[] = [];
  let schema: Block | undefined;
  for (let offset = 0; ; ) {
    const message = await readHeader(read, offset, head);
    if (!message) break;
    const { kind, block } = message;
    if (!schema !== (kind === 'schema')) throw corrupt(head, `unexpected ${kind} message at byte ${offset}`);
    if (kind === 'schema') schema = block;
    else if (kind === 'batch') blocks.push(block);
    else if (blocks.length === 0) dictionaries.push(block);
    else throw unsupported(head, 'the stream changes a dictionary between record batches');
    offset = blockEnd(block);
  }
  if (!schema) throw corrupt(head, 'the stream holds no schema');
  const { uri, etag, sizeBytes } = head;
  return {
    layout: { uri, etag, sizeBytes, format: 'arrow-stream', schema, dictionaries, blocks },
    schema: decodeSchema(await read(schema.offset, schema.sizeBytes), head),
  };
}

type Read = (offset: number, sizeBytes: number) => Promise<Uint8Array>;

/** The message at `offset`; undefined at the end-of-stream marker, which must be the last thing in the object. */
async function readHeader(
  read: Read,
  offset: number,
  head: ObjectHead,
): Promise<{ kind: MessageHeader['kind']; block: Block } | undefined> {
  const left = head.sizeBytes - offset;
  if (left < 4) throw corrupt(head, 'cut off: the stream has no end marker');
  const { prefixBytes, metadataBytes: bytes } = decodePrefix(await prefix(read, offset, left));
  if (left < prefixBytes) throw corrupt(head, 'cut off within the length of a message');
  if (bytes === 0) {
    if (left > prefixBytes) throw corrupt(head, `${left - prefixBytes} bytes follow the end marker of the stream`);
    return undefined;
  }
  const metadataBytes = prefixBytes + bytes;
  if (bytes > MAX_METADATA_BYTES || metadataBytes > left) {
    throw corrupt(head, `the message at byte ${offset} claims ${bytes} bytes of metadata, ${left} bytes are left`);
  }
  const metadata = (await read(offset, metadataBytes)).subarray(prefixBytes);
  const { kind, bodyBytes } = decoding(head, `the message at byte ${offset}`, () => {
    const message = decodeMessage(metadata, head);
    if (message.kind === 'schema') checkSchema(message.table, head);
    return message;
  });
  const block = { offset, sizeBytes: metadataBytes + bodyBytes };
  if (blockEnd(block) > head.sizeBytes) throw corrupt(head, `cut off within the message at byte ${offset}`);
  return { kind, block };
}

/** Eight bytes, filled up with zeros where the object has only four left. */
async function prefix(read: Read, offset: number, left: number): Promise<Uint8Array> {
  const bytes = await read(offset, Math.min(PREFIX_BYTES, left));
  if (bytes.length === PREFIX_BYTES) return bytes;
  const padded = new Uint8Array(PREFIX_BYTES);
  padded.set(bytes);
  return padded;
}

/** Reads ranges through one window, so that many small messages cost one request. */
function windowReader(objects: ReadObjects, { uri, etag, sizeBytes }: ObjectHead): Read {
  let window = { start: 0, bytes: new Uint8Array(0) as Uint8Array };
  return async (offset, size) => {
    if (offset < window.start || offset + size > window.start + window.bytes.length) {
      const end = Math.min(sizeBytes, offset + Math.max(size, WINDOW_BYTES));
      window = { start: offset, bytes: (await objects.get(uri, { start: offset, end, etag })).bytes };
    }
    return window.bytes.subarray(offset - window.start, offset - window.start + size);
  };
}
