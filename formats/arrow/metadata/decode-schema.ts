import { RecordBatchReader, type Schema } from 'apache-arrow';
import { corrupt, decoding, type Place } from '../check/corrupt.ts';

/** Decodes a schema message that has been checked. */
export function decodeSchema(message: Uint8Array, place: Place): Schema {
  return decoding(place, 'the schema', () => {
    const { schema } = RecordBatchReader.from([message]).open();
    if (!schema) throw corrupt(place, 'the schema could not be read');
    return schema;
  });
}
