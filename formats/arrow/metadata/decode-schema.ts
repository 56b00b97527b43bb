import { RecordBatchReader, type Schema } from 'apache-arrow';
import type { ArrowLayout } from '#core/inference/layout.ts';
import { corrupt, decoding, type Place } from '../check/corrupt.ts';

/** An Arrow object whose parts have been found. */
export interface Located {
  readonly layout: ArrowLayout;
  /** The schema as an encapsulated message, whose lengths have been checked. */
  readonly schemaMessage: Uint8Array;
}

/** Decodes a schema message that has been checked. */
export function decodeSchema(message: Uint8Array, place: Place): Schema {
  return decoding(place, 'the schema', () => {
    const { schema } = RecordBatchReader.from([message]).open();
    if (!schema) throw corrupt(place, 'the schema could not be read');
    return schema;
  });
}
