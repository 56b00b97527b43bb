import { RecordBatchReader, type Vector } from 'apache-arrow';
import { blockBytes, type Extent } from '#core/inference/layout.ts';
import type { PlannedInput } from '#core/inference/plan.ts';
import type { Objects } from '#core/objects/ports.ts';
import { corrupt, decoding } from '../check/corrupt.ts';
import { checkSchema } from '../check/schema.ts';
import { decodeFooter } from '../locate/footer.ts';
import { decodeSchema } from '../metadata/decode-schema.ts';
import { decodeMessage, decodePrefix } from '../metadata/message.ts';
import { schemaMessage } from '../metadata/schema-message.ts';
import { type BatchContext, plainMessage } from './decode-batch.ts';

/** Reads the schema and the dictionaries of an object, which its record batches need. Errors as `locateArrow`. */
export async function openArrow(objects: Pick<Objects, 'get'>, layout: PlannedInput): Promise<BatchContext> {
  const read = async ({ offset, sizeBytes }: Extent) =>
    (await objects.get(layout.uri, { start: offset, end: offset + sizeBytes, etag: layout.etag })).bytes;
  const place = { uri: layout.uri };
  const bytes = await read(layout.schema);
  const message = decoding(place, 'the schema', () => messageOfSchema(bytes, layout));
  const schema = decodeSchema(message, place);
  const preamble = [message];
  for (const block of layout.dictionaries) {
    const dictionary = await read({ offset: block.offset, sizeBytes: blockBytes(block) });
    const plain = decoding(place, 'a dictionary', () => plainMessage({ bytes: dictionary, block }, { place, schema }));
    preamble.push(plain.bytes);
  }
  return { place, schema, preamble, dictionaries: decoding(place, 'a dictionary', () => dictionariesOf(preamble)) };
}

/** The schema as an encapsulated message, from the footer of a file or the first message of a stream. */
function messageOfSchema(bytes: Uint8Array, layout: PlannedInput): Uint8Array {
  if (layout.format === 'file') return schemaMessage(bytes, decodeFooter(bytes, layout));
  const { prefixBytes, metadataBytes } = decodePrefix(bytes);
  const message = decodeMessage(bytes.subarray(prefixBytes, prefixBytes + metadataBytes), layout);
  if (message.kind !== 'schema') throw corrupt(layout, 'the stream does not start with its schema');
  checkSchema(message.table, layout);
  return bytes;
}

function dictionariesOf(preamble: readonly Uint8Array[]): ReadonlyMap<number, Vector> {
  if (preamble.length === 1) return new Map();
  const reader = RecordBatchReader.from([...preamble]).open();
  // A reader without record batches answers with an empty one, having taken in the dictionaries on its way.
  reader.next();
  return reader.dictionaries;
}
