import { type Data, Field, Int64, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow';
import type { FolderColumn } from '#core/inference/folder-columns.ts';
import type { OpenTable } from '#core/inference/table-format.ts';

/** Those that the object has no column of its own for: it knows better, and has the type. */
const missing = ({ fields }: Schema, folder: readonly FolderColumn[]): readonly FolderColumn[] =>
  folder.filter(({ name }) => !fields.some((field) => field.name === name));

const fieldOf = ({ name, type, value }: FolderColumn): Field =>
  new Field(name, type === 'int64' ? new Int64() : new Utf8(), value === null);

/** The columns of an object and those of its folders behind them. */
export const withFolderFields = (schema: Schema, folder: readonly FolderColumn[]): Schema =>
  folder.length === 0
    ? schema
    : new Schema([...schema.fields, ...missing(schema, folder).map(fieldOf)], schema.metadata, schema.dictionaries);

/** The same table with the columns of its folders, of which only those that `columns` names are made; all without. */
export function withFolderColumns(
  table: OpenTable<Schema, RecordBatch>,
  folder: readonly FolderColumn[],
  columns: readonly string[] | undefined,
): OpenTable<Schema, RecordBatch> {
  const made = missing(table.schema, folder).filter(({ name }) => columns?.includes(name) ?? true);
  if (made.length === 0) return table;
  return {
    uri: table.uri,
    schema: withFolderFields(table.schema, made),
    async *frames(blocks, options) {
      for await (const { decode, release } of table.frames(blocks, options)) {
        yield { decode: () => withValues(decode(), made), release };
      }
    },
  };
}

async function* withValues(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  folder: readonly FolderColumn[],
): AsyncGenerator<RecordBatch, void, void> {
  for await (const batch of batches) {
    const schema = withFolderFields(batch.schema, folder);
    const length = batch.numRows;
    const children = [...batch.data.children, ...folder.map((column) => repeated(column, length))];
    yield new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
  }
}

function repeated({ type, value }: FolderColumn, length: number): Data {
  const nulls =
    value === null ? { nullCount: length, nullBitmap: new Uint8Array((length + 7) >> 3) } : { nullCount: 0 };
  if (type === 'int64') {
    return makeData({ type: new Int64(), length, data: new BigInt64Array(length).fill(BigInt(value ?? 0)), ...nulls });
  }
  const text = Buffer.from(value ?? '');
  const valueOffsets = Int32Array.from({ length: length + 1 }, (_, row) => row * text.length);
  return makeData({ type: new Utf8(), length, data: Buffer.alloc(length * text.length, text), valueOffsets, ...nulls });
}
