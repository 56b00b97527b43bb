import type { RecordBatch as WasmBatch } from 'parquet-wasm';
import { invariant } from '#core/errors.ts';
import type { FileEncoder } from './encoder.ts';

/** Rows of a row group, at most, and the bytes that it may hold when it is encoded: what is held until it is written. */
const GROUP_ROWS = 1024 * 1024;
const GROUP_BYTES = 64 * 1024 * 1024;

/**
 * Encodes a Parquet file in this thread, compressed with zstd, with the Arrow schema in its metadata. A trap of parquet-wasm
 * is an error that nobody handles, and the call never settles. So this is for a thread of its own. An error of its writer
 * is lost without a word: who uses this counts the rows of the file.
 */
export async function encodeHere(): Promise<Omit<FileEncoder, 'stop'>> {
  const { Compression, Table, transformParquetStream, WriterPropertiesBuilder } = await import('parquet-wasm');
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(GROUP_ROWS)
    .setMaxRowGroupBytes(GROUP_BYTES)
    .build();
  const made: Uint8Array[] = [];
  let asked = Promise.withResolvers<void>();
  let source: ReadableStreamDefaultController<WasmBatch> | undefined;
  const batches = new ReadableStream<WasmBatch>(
    {
      start: (controller) => {
        source = controller;
      },
      // The writer asks for a batch when it has taken in the one before it.
      pull: () => asked.resolve(),
    },
    { highWaterMark: 0 },
  );
  // It answers when it has seen the first batch, so it is not waited for here.
  const ended = (async () => {
    const bytes: ReadableStream<Uint8Array> = await transformParquetStream(batches, properties);
    for await (const chunk of bytes) made.push(chunk);
  })();
  const taken = () => Buffer.concat(made.splice(0));
  return {
    async write(stream) {
      for (const batch of Table.fromIPCStream(stream).recordBatches()) {
        await Promise.race([asked.promise, ended]);
        asked = Promise.withResolvers();
        source?.enqueue(batch);
      }
      await Promise.race([asked.promise, ended]);
      return taken();
    },
    async finish() {
      invariant(source, 'a stream starts when it is made');
      source.close();
      await ended;
      return taken();
    },
  };
}
