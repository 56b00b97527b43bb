import { type Data, DataType, Field, type RecordBatch, RecordBatchReader, Schema, type Vector } from 'apache-arrow';
import { type Block, blockBytes } from '#core/partition/layout.ts';
import { checkBatch } from './check-batch.ts';
import { corrupt, decoding, type Place, unsupported } from './corrupt.ts';
import { decodeBatch, decodeMessage, decodePrefix, dictionaryId } from './message.ts';

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
 * LS_ARROW_CORRUPT where one lies, LS_ARROW_UNSUPPORTED for compressed bodies.
 */
export function decodeRecordBatch(bytes: Uint8Array, block: Block, context: BatchContext): RecordBatch {
  const { place, schema, preamble, dictionaries } = context;
  return decoding(place, `the record batch at byte ${block.offset}`, () => {
    const header = checkedHeader(bytes, block, context);
    const [batch] = RecordBatchReader.from([...preamble, aligned(bytes)]);
    if (!batch || batch.numRows !== header.rows || batch.numCols !== schema.fields.length) {
      throw corrupt(place, `the record batch at byte ${block.offset} could not be read whole`);
    }
    for (const column of batch.data.children) shareDictionaries(column, dictionaries);
    return batch;
  });
}

/** Checks one message against its block and returns the header of its batch. Throws RangeError where it ends too soon. */
export function checkedHeader(
  bytes: Uint8Array,
  block: Block,
  { place, schema }: Pick<BatchContext, 'place' | 'schema'>,
) {
  if (bytes.length !== blockBytes(block)) throw corrupt(place, `cut off within the block at byte ${block.offset}`);
  const { prefixBytes, metadataBytes } = decodePrefix(bytes);
  if (prefixBytes + metadataBytes !== block.metadataBytes) {
    throw corrupt(place, `the message at byte ${block.offset} is not as long as the footer says`);
  }
  const message = decodeMessage(bytes.subarray(prefixBytes, block.metadataBytes), place);
  if (message.bodyBytes !== block.bodyBytes) {
    throw corrupt(place, `the body of the message at byte ${block.offset} is not as long as the footer says`);
  }
  if (message.kind === 'schema')
    throw corrupt(place, `a schema where a record batch should be, at byte ${block.offset}`);
  const header = decodeBatch(message);
  if (header.codec !== undefined) throw unsupported(place, `its record batches are compressed with ${header.codec}`);
  const columns = message.kind === 'batch' ? schema : dictionarySchema(schema, dictionaryId(message), place);
  checkBatch(columns, header, { bytes: block.bodyBytes, place });
  return header;
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
