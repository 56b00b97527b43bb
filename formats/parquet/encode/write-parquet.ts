import type { RecordBatch, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { emptyBatch } from '#formats/arrow/write/empty-batch.ts';
import { joinedArrow, type TableWriter } from '#formats/arrow/write/joined.ts';
import { decodeFooter } from '../footer/footer.ts';
import type { FileEncoder } from './encoder.ts';
import { checkVectors, checkWritable } from './unwritten.ts';

const TAIL_BYTES = 8;

/**
 * A Parquet file, a row group at a time. `encoder` is asked for one when the first bytes are. LS_PARQUET_UNWRITABLE for what
 * other readers would not read as the Arrow file of the same rows, and where rows are lost.
 */
export function parquetWriter(schema: Schema, encoder: () => Promise<FileEncoder>): TableWriter {
  checkWritable(schema);
  let encoding: FileEncoder | undefined;
  let rows = 0;
  let writtenBytes = 0;
  const written = (bytes: Uint8Array): Uint8Array[] => {
    writtenBytes += bytes.length;
    return [bytes];
  };
  const write = async (batch: RecordBatch): Promise<Uint8Array[]> => {
    checkVectors(batch);
    encoding ??= await encoder();
    rows += batch.numRows;
    return written(await encoding.write(streamOf(batch, schema)));
  };
  return {
    begin: () => [],
    write,
    async finish() {
      const first = encoding ? [] : await write(emptyBatch(schema));
      const rest = (await encoding?.finish()) ?? new Uint8Array(0);
      const chunks = [...first, ...written(rest)];
      const found = rowsOf(rest, writtenBytes);
      if (found === rows) return chunks;
      throw new LockstepError('LS_PARQUET_UNWRITABLE', `the writer took ${rows} rows, and its file has ${found}`);
    },
    stop: async () => encoding?.stop(),
  };
}

/** A stream of its own, so that each batch brings the dictionaries that it has. */
function streamOf(batch: RecordBatch, schema: Schema): Uint8Array {
  const stream = joinedArrow(schema, 'stream');
  return Buffer.concat([...stream.begin(), ...stream.write(batch), ...stream.finish()]);
}

/** What the footer at the end of the last bytes says. */
function rowsOf(end: Uint8Array, fileBytes: number): number {
  if (end.length < TAIL_BYTES) return 0;
  const tail = end.length - TAIL_BYTES;
  const sizeBytes = new DataView(end.buffer, end.byteOffset + tail).getUint32(0, true);
  const footerAt = fileBytes - TAIL_BYTES - sizeBytes;
  return decodeFooter(end.subarray(tail - sizeBytes, tail), footerAt, { uri: 'the file' }).rows;
}
