import type { Schema } from 'apache-arrow';
import { decodeSchema } from '#formats/arrow/metadata/decode-schema.ts';
import type { FilePlace } from '../corrupt.ts';
import type { Held, ParquetPorts } from '../decoder.ts';
import { placed } from './placed.ts';

/** The columns as Arrow has them: by the schema that Arrow's writers leave in the file, else by their Parquet types. */
export async function readSchema({ parquet }: ParquetPorts, end: Held, place: FilePlace): Promise<Schema> {
  const message = await placed({ ...place, where: 'the footer' }, () => parquet.schema(end));
  return decodeSchema(message, place);
}
