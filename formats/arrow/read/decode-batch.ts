import { type Data, DataType, Field, type RecordBatch, RecordBatchReader, Schema, type Vector } from 'apache-arrow';
import type { Block } from '#core/inference/layout.ts';
import { checkBatch } from '../check/batch.ts';
import { checkColumn } from '../check/column.ts';
import { broken, corrupt, decoding, type Place } from '../check/corrupt.ts';
import { decodeBatch, decodeMessage, decodePrefix, dictionaryId, type MessageHeader } from '../metadata/message.ts';
import { decompressed, type Message } from './decompress.ts';

/** What every record batch of an object needs to be decoded. */
export interface BatchContext {
  readonly place: Place;
  readonly schema: Schema;
  /** The schema as a message, then the dictionary messages: what readers want in front of a batch. */
  readonly preamble: readonly Uint8Array[];
  /** Whether the values of a column go anywhere; they are not looked at where they do not. */
  readonly isUsed: (field: Field) => boolean;
  /** The dictionaries once decoded, so that all batches share them. */
  readonly dictionaries: ReadonlyMap<number, Vector>;
}

/**
 * Decodes one record batch from its message. Its columns are views of `bytes`. Every length is checked first;
 * LS_ARROW_CORRUPT where one lies. Compressed columns are views of the memory that they were decoded to.
 */
export function decodeRecordBatch(bytes: Uint8Array, block: Block, context: BatchContext): RecordBatch {
  const { place, schema, preamble, dictionaries, isUsed } = context;
  return decoding(place, `the record batch at byte ${block.offset}`, () => {
    const message = plainMessage({ bytes, block }, context);
    const [batch] = RecordBatchReader.from([...preamble, aligned(message.bytes)]);
    if (!batch || batch.numRows !== message.rows || batch.numCols !== schema.fields.length) {
      throw corrupt(place, `the record batch at byte ${block.offset} could not be read whole`);
    }
    for (const [i, column] of batch.data.children.entries()) {
      shareDictionaries(column, dictionaries);
      const field = schema.fields[i];
      if (field && isUsed(field)) checkValues(column, field, place);
    }
    return batch;
  });
}

/**
 * Holds one message against its block, decompresses its body where it must and checks every length of what is then
 * there. Throws RangeError where the message ends too soon.
 */
export function plainMessage(
  stored: Message,
  { place, schema }: Pick<BatchContext, 'place' | 'schema'>,
): { readonly bytes: Uint8Array; readonly rows: number } {
  const { header: storedHeader, metadataBytes } = messageOf(stored, place);
  const plain = decompressed({ ...stored, metadataBytes }, decodeBatch(storedHeader), place);
  const { header, bodyBytes } = messageOf(plain, place);
  const batch = decodeBatch(header);
  const columns = header.kind === 'batch' ? schema : dictionarySchema(schema, dictionaryId(header), place);
  checkBatch(columns, batch, { bytes: bodyBytes, place });
  return { bytes: plain.bytes, rows: batch.rows };
}

function checkValues(column: Data, { name, nullable }: Field, place: Place): void {
  const at = { ...place, path: name };
  if (!nullable && column.nullCount > 0) throw broken(at, `it is declared without nulls and has ${column.nullCount}`);
  checkColumn(column, at);
}

interface WholeMessage {
  readonly header: MessageHeader;
  /** The length prefix included. */
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** A message that is exactly as long as its block. */
function messageOf({ bytes, block }: Message, place: Place): WholeMessage {
  const at = `the message at byte ${block.offset}`;
  if (bytes.length !== block.sizeBytes) throw corrupt(place, `cut off within the block at byte ${block.offset}`);
  const prefix = decodePrefix(bytes);
  const metadataBytes = prefix.prefixBytes + prefix.metadataBytes;
  if (metadataBytes > block.sizeBytes) throw corrupt(place, `${at} is longer than its block`);
  const header = decodeMessage(bytes.subarray(prefix.prefixBytes, metadataBytes), place);
  if (metadataBytes + header.bodyBytes !== block.sizeBytes) throw corrupt(place, `${at} is not as long as its block`);
  if (header.kind === 'schema')
    throw corrupt(place, `a schema where a record batch should be, at byte ${block.offset}`);
  return { header, metadataBytes, bodyBytes: header.bodyBytes };
}

/** A dictionary is a batch of one column, of the type that the schema says. */
function dictionarySchema(schema: Schema, id: number, place: Place): Schema {
  const type = schema.dictionaries.get(id);
  if (!type) throw corrupt(place, `no column has the dictionary ${id}`);
  return new Schema([new Field('dictionary', type, true)]);
}

/** apache-arrow copies column by column what does not start on eight bytes; one copy of the whole is cheaper. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes));

/** A writer takes another dictionary object for a replacement of the dictionary, which files cannot hold. */
function shareDictionaries(column: Data, dictionaries: ReadonlyMap<number, Vector>): void {
  const shared = DataType.isDictionary(column.type) ? dictionaries.get(column.type.id) : undefined;
  if (shared) column.dictionary = shared;
  for (const child of column.children) shareDictionaries(child, dictionaries);
}
