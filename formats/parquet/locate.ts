import type { Schema } from 'apache-arrow';
import type { Located, ObjectStart } from '#core/inference/table-format.ts';
import { plainSchema } from '#formats/arrow/values/plain.ts';
import type { ParquetPorts } from './decoder.ts';
import { readSchema } from './read/read-schema.ts';
import { readFooter } from './read-footer.ts';

/** Layout of a Parquet file, from its footer: a block for each row group that has rows. */
export async function locateParquet(ports: ParquetPorts, { head }: ObjectStart): Promise<Located<Schema>> {
  const { uri, etag, sizeBytes } = head;
  const { at, footers, blocks } = await readFooter(ports.objects, head);
  const schema = plainSchema(await readSchema(ports, { offset: at.offset, bytes: footers.of(undefined) }, head));
  return { layout: { uri, etag, sizeBytes, format: 'parquet', schema: at, dictionaries: [], blocks }, schema };
}
