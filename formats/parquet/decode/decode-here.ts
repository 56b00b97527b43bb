import type { ParquetFile, RecordBatch } from 'parquet-wasm';
import { LockstepError } from '#core/errors.ts';
import { damage } from '../corrupt.ts';
import type { Held, ParquetDecoder, RowsWanted } from '../decoder.ts';
import { HeldFile } from './held-file.ts';

/**
 * Decodes in this thread. A trap of parquet-wasm is thrown as it is where it can be caught; where it cannot, it is an error
 * that nobody handles, and the call never settles. So this is for a thread of its own.
 */
export const decodeHere: ParquetDecoder = {
  async schema(end) {
    const parquet = await opened(end, []);
    try {
      return await decoding(async () => parquet.schema().intoIPCStream());
    } finally {
      parquet.free();
    }
  },
  async *rows(wanted) {
    const parquet = await opened(wanted.end, wanted.chunks);
    try {
      yield* batchesOf(parquet, wanted);
    } finally {
      parquet.free();
    }
  },
};

async function opened(end: Held, chunks: readonly Held[]): Promise<ParquetFile> {
  const { ParquetFile: Parquet } = await import('parquet-wasm');
  return await decoding(() => Parquet.fromFile(new HeldFile(end, chunks) as unknown as Blob));
}

async function* batchesOf(
  parquet: ParquetFile,
  { columns, batchRows }: RowsWanted,
): AsyncGenerator<Uint8Array, void, void> {
  const options = { rowGroups: [0], columns: [...columns], batchSize: batchRows, concurrency: 1 };
  const stream = await decoding(() => parquet.stream(options));
  const reader: ReadableStreamDefaultReader<RecordBatch> = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await decoding(() => reader.read());
      if (done) return;
      yield value.intoIPCStream();
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Everything that decoding throws means damaged bytes, but a trap, after which nothing of the module can be used. */
async function decoding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LockstepError || isTrap(error)) throw error;
    throw damage(error instanceof Error ? error.message : String(error), error);
  }
}

const isTrap = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError';
