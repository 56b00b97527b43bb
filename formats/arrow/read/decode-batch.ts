import { type Data, DataType, Field, type RecordBatch, RecordBatchReader, Schema, type Vector } from 'apache-arrow';
import { type Block, blockBytes } from '#core/inference/layout.ts';
import { checkBatch } from '../check/batch.ts';
import { corrupt, decoding, type Place } from '../check/corrupt.ts';
import { decodeBatch, decodeMessage, decodePrefix, dictionaryId, type MessageHeader } from '../metadata/message.ts';
import { decompressed, type Message } from './decompress.ts';

/** What every record batch of an object needs to be decoded. */
export interface BatchContext {
  readonly place: Place;
  readonly schema: Schema;
  /** The schema as a message, then the dictionary messages: what readers want in front of a batch. */
  readonly preamble: readonly Uint8Array[];
  /** The dictionaries once decoded, so that all batches share them. */
  readonly dictionaries: ReadonlyMap<number, Vector>;
}

/**
 * Decodes one record batch from its message. Its columns are views of `bytes`. Every length is checked first;
 * LS_ARROW_CORRUPT where one lies. Compressed columns are views of the memory that they were decoded to.
 */
export function decodeRecordBatch(bytes: Uint8Array, block: Block, context: BatchContext): RecordBatch {
  const { place, schema, preamble, dictionaries } = context;
  return decoding(place, `the record batch at byte ${block.offset}`, () => {
    const message = plainMessage({ bytes, block }, context);
    const [batch] = RecordBatchReader.from([...preamble, aligned(message.bytes)]);
    if (!batch || batch.numRows !== message.rows || batch.numCols !== schema.fields.length) {
      throw corrupt(place, `the record batch at byte ${block.offset} could not be read whole`);
    }
    for (const column of batch.data.children) shareDictionaries(column, dictionaries);
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
  const plain = decompressed(stored, decodeBatch(messageOf(stored, place)), place);
  const message = messageOf(plain, place);
  const header = decodeBatch(message);
  const columns = message.kind === 'batch' ? schema : dictionarySchema(schema, dictionaryId(message), place);
  checkBatch(columns, header, { bytes: plain.block.bodyBytes, place });
  return { bytes: plain.bytes, rows: header.rows };
}

/** The header of a message that is as long as its block says, in metadata and in body. */
function messageOf({ bytes, block }: Message, place: Place): MessageHeader {
  const at = `the message at byte ${block.offset}`;
  if (bytes.length !== blockBytes(block)) throw corrupt(place, `cut off within the block at byte ${block.offset}`);
  const { prefixBytes, metadataBytes } = decodePrefix(bytes);
  if (prefixBytes + metadataBytes !== block.metadataBytes)
    throw corrupt(place, `${at} is not as long as the footer says`);
  const message = decodeMessage(bytes.subarray(prefixBytes, block.metadataBytes), place);
  if (message.bodyBytes !== block.bodyBytes)
    throw corrupt(place, `the body of ${at} is not as long as the footer says`);
  if (message.kind === 'schema')
    throw corrupt(place, `a schema where a record batch should be, at byte ${block.offset}`);
  return message;
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
