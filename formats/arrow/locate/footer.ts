import type { Block } from '#core/inference/layout.ts';
import { corrupt, decoding, type Place } from '../check/corrupt.ts';
import { checkSchema } from '../check/schema.ts';
import { count64, FlatTable } from '../metadata/flatbuffer.ts';

/** What the footer of an Arrow file says. */
export interface Footer {
  readonly version: number;
  /** Where the schema's table starts within the footer. */
  readonly schemaAt: number;
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

const FIELD = { version: 0, schema: 1, dictionaries: 2, batches: 3 } as const;
const BLOCK_SIZE = 24;

/** Reads a footer and checks every length in it. LS_ARROW_CORRUPT, LS_ARROW_UNSUPPORTED. */
export function decodeFooter(bytes: Uint8Array, place: Place): Footer {
  return decoding(place, 'the footer', () => {
    const root = FlatTable.root(bytes);
    const schema = root.table(FIELD.schema);
    if (!schema) throw corrupt(place, 'the footer has no schema');
    checkSchema(schema, place);
    return {
      version: root.int16(FIELD.version),
      schemaAt: schema.position,
      dictionaries: root.structs(FIELD.dictionaries, BLOCK_SIZE, block),
      batches: root.structs(FIELD.batches, BLOCK_SIZE, block),
    };
  });
}

// offset: int64, metaDataLength: int32, 4 bytes of padding, bodyLength: int64
const block = (view: DataView): Block => ({
  offset: count64(view, 0),
  sizeBytes: view.getUint32(8, true) + count64(view, 16),
});
