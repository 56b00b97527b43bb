/** Parquet: the footer says where the columns of each row group are; parquet-wasm decodes them to Arrow. */
import type { RecordBatch, Schema } from 'apache-arrow';
import type { TableFormat } from '#core/inference/table-format.ts';
import type { ParquetPorts } from './decoder.ts';
import { locateParquet } from './locate.ts';
import { openParquet } from './read/open.ts';
import { readFooter } from './read-footer.ts';

const MAGIC = /^PAR[1E]/;

export const parquet: TableFormat<Schema, RecordBatch, ParquetPorts> = {
  name: 'parquet',
  claims: ({ bytes }) => MAGIC.test(new TextDecoder('latin1').decode(bytes.subarray(0, 4))),
  locate: locateParquet,
  countRows: async (objects, { head }) => (await readFooter(objects, head)).blocks.map(({ rows }) => rows),
  open: openParquet,
};
