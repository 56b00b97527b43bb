import {
  AsyncByteQueue,
  type RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type Schema,
} from 'apache-arrow';

/** Takes each chunk at once, and copies it: the memory that it views is used again. */
class CopiedChunks extends AsyncByteQueue {
  #taken: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    this.#taken.push(Uint8Array.from(chunk));
  }

  take(): Uint8Array[] {
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }
}

/** Writes record batches as they come: each call returns the bytes to append. */
export interface TableWriter {
  begin(): Uint8Array[];
  write(batch: RecordBatch): Uint8Array[];
  finish(): Uint8Array[];
}

/**
 * An Arrow IPC file, or a stream. A file has one dictionary for each column, so parts with dictionaries of their own go only
 * into a stream.
 */
export function joinedArrow(schema: Schema, kind: 'file' | 'stream'): TableWriter {
  const chunks = new CopiedChunks();
  const writer = kind === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  return {
    begin() {
      writer.reset(chunks, schema);
      return chunks.take();
    },
    write(batch) {
      writer.write(batch);
      return chunks.take();
    },
    finish() {
      writer.finish();
      return chunks.take();
    },
  };
}
