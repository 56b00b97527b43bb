import { type Field, type RecordBatch, RecordBatchReader, type Schema, type Vector } from 'apache-arrow';
import type { Extent, TableObject } from '#core/inference/layout.ts';
import type { OpenTable, ReadObjects } from '#core/inference/table-format.ts';
import { readRanges } from '#formats/read-ahead/ranges.ts';
import { checkColumn } from '../check/column.ts';
import { corrupt, decoding, type Place } from '../check/corrupt.ts';
import { checkSchema } from '../check/schema.ts';
import { decodeFooter } from '../locate/footer.ts';
import { decodeSchema } from '../metadata/decode-schema.ts';
import { decodeMessage, decodePrefix } from '../metadata/message.ts';
import { schemaMessage } from '../metadata/schema-message.ts';
import { type BatchContext, decodeRecordBatch, plainMessage } from './decode-batch.ts';

/** An Arrow object, ready to be read: its schema and its dictionaries are there. Its columns are views of what is read. */
export async function openArrow(
  objects: ReadObjects,
  table: TableObject,
  columns?: readonly string[],
): Promise<OpenTable<Schema, RecordBatch>> {
  const used = columns && new Set(columns);
  const context = { ...(await readContext(objects, table)), isUsed: ({ name }: Field) => used?.has(name) ?? true };
  return {
    uri: table.uri,
    schema: context.schema,
    async *frames(blocks, options) {
      const { uri, etag } = table;
      for await (const { range, bytes, release } of readRanges(objects, { uri, etag, ranges: blocks }, options)) {
        yield { decode: () => [decodeRecordBatch(bytes, range, context)], release };
      }
    },
  };
}

async function readContext(objects: ReadObjects, table: TableObject): Promise<Omit<BatchContext, 'isUsed'>> {
  const read = async ({ offset, sizeBytes }: Extent) =>
    (await objects.get(table.uri, { start: offset, end: offset + sizeBytes, etag: table.etag })).bytes;
  const place = { uri: table.uri };
  const bytes = await read(table.schema);
  const message = decoding(place, 'the schema', () => messageOfSchema(bytes, table));
  const schema = decodeSchema(message, place);
  const preamble = [message];
  for (const block of table.dictionaries) {
    const dictionary = await read(block);
    const plain = decoding(place, 'a dictionary', () => plainMessage({ bytes: dictionary, block }, { place, schema }));
    preamble.push(plain.bytes);
  }
  return {
    place,
    schema,
    preamble,
    dictionaries: decoding(place, 'a dictionary', () => dictionariesOf(preamble, place)),
  };
}

/** The schema as an encapsulated message, from the footer of a file or the first message of a stream. */
function messageOfSchema(bytes: Uint8Array, table: TableObject): Uint8Array {
  if (table.format === 'arrow-file') return schemaMessage(bytes, decodeFooter(bytes, table));
  const { prefixBytes, metadataBytes } = decodePrefix(bytes);
  const message = decodeMessage(bytes.subarray(prefixBytes, prefixBytes + metadataBytes), table);
  if (message.kind !== 'schema') throw corrupt(table, 'the stream does not start with its schema');
  checkSchema(message.table, table);
  return bytes;
}

function dictionariesOf(preamble: readonly Uint8Array[], place: Place): ReadonlyMap<number, Vector> {
  if (preamble.length === 1) return new Map();
  const reader = RecordBatchReader.from([...preamble]).open();
  // A reader without record batches answers with an empty one, having taken in the dictionaries on its way.
  reader.next();
  for (const [id, { data }] of reader.dictionaries) {
    for (const values of data) checkColumn(values, { ...place, path: `dictionary ${id}` });
  }
  return reader.dictionaries;
}
