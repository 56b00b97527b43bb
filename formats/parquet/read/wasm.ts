import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import type { ParquetFile, RecordBatch as WasmBatch } from 'parquet-wasm';
import { LockstepError } from '#core/errors.ts';
import { decodeSchema } from '#formats/arrow/metadata/decode-schema.ts';
import { corrupt, type FilePlace } from '../corrupt.ts';
import type { ObjectFile } from './object-file.ts';

/** Lets parquet-wasm, which is loaded on first use, read the footer of an object. LS_PARQUET_CORRUPT. */
export async function openFile(file: ObjectFile, place: FilePlace): Promise<ParquetFile> {
  const { ParquetFile: Parquet } = await import('parquet-wasm');
  // It uses nothing of a Blob but its size, `slice` and `arrayBuffer`.
  return decoding(place, 'the footer', () => Parquet.fromFile(file as unknown as Blob));
}

/** The columns as Arrow has them: by the schema that Arrow's writers leave in the file, else by their Parquet types. */
export const arrowSchema = (file: ParquetFile, place: FilePlace): Schema =>
  decodeSchema(file.schema().intoIPCStream(), place);

export interface RowsOf {
  readonly rowGroup: number;
  readonly columns: readonly string[];
  readonly batchRows: number;
}

/** The rows of one row group, in batches; their bytes are copied out of the memory of the module. LS_PARQUET_CORRUPT. */
export async function* rowsOf(
  file: ParquetFile,
  { rowGroup, columns, batchRows }: RowsOf,
  place: FilePlace,
): AsyncGenerator<RecordBatch, void, void> {
  const what = `row group ${rowGroup}`;
  const options = { rowGroups: [rowGroup], columns: [...columns], batchSize: batchRows, concurrency: 1 };
  const stream = await decoding(place, what, () => file.stream(options));
  const reader: ReadableStreamDefaultReader<WasmBatch> = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await decoding(place, what, () => reader.read());
      if (done) return;
      yield* RecordBatchReader.from(value.intoIPCStream());
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Whatever decoding throws means that the bytes are damaged, unless reading them failed for a reason of its own. */
async function decoding<T>(place: FilePlace, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw corrupt(place, `${what} cannot be decoded: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
