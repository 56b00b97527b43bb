import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type RecordBatchWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';

export const WIDTH = 4;

/** `id: int32`, `name: utf8` and `x: FixedSizeList<float32>[4]`; row i has id = i and x = [i, i+0.25, i+0.5, i+0.75]. */
export const SCHEMA = new Schema([
  new Field('id', new Int32(), false),
  new Field('name', new Utf8(), true),
  new Field('x', new FixedSizeList(WIDTH, new Field('item', new Float32(), false)), false),
]);

/** A batch of `rows` rows that starts with row `first`. */
export function batchOf(first: number, rows: number): RecordBatch {
  const ids = Int32Array.from({ length: rows }, (_, i) => first + i);
  const xs = Float32Array.from({ length: rows * WIDTH }, (_, i) => first + i / WIDTH);
  const names = vectorFromArray(
    Array.from(ids, (id) => (id % 3 === 0 ? null : `row ${id}`)),
    new Utf8(),
  ).data[0];
  const x = makeData({
    type: SCHEMA.fields[2]?.type as FixedSizeList,
    length: rows,
    nullCount: 0,
    child: makeData({ type: new Float32(), length: rows * WIDTH, nullCount: 0, data: xs }),
  });
  const id = makeData({ type: new Int32(), length: rows, nullCount: 0, data: ids });
  const children = [id, names ?? makeData({ type: new Utf8() }), x];
  return new RecordBatch(SCHEMA, makeData({ type: new Struct(SCHEMA.fields), length: rows, nullCount: 0, children }));
}

/** Batches of the given numbers of rows, numbered through from 0. */
export function batchesOf(...rows: number[]): RecordBatch[] {
  let first = 0;
  return rows.map((count) => {
    const batch = batchOf(first, count);
    first += count;
    return batch;
  });
}

export const fileBytes = (batches: readonly RecordBatch[], schema: Schema = batches[0]?.schema ?? SCHEMA) =>
  written(new RecordBatchFileWriter(), batches, schema);

export const streamBytes = (batches: readonly RecordBatch[], schema: Schema = batches[0]?.schema ?? SCHEMA) =>
  written(new RecordBatchStreamWriter(), batches, schema);

async function written(
  writer: RecordBatchWriter,
  batches: readonly RecordBatch[],
  schema: Schema,
): Promise<Uint8Array> {
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}
