import { type RecordBatch, RecordBatchFileWriter, type Schema, util } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { Chunks } from './chunks.ts';

/** Writes one Arrow IPC file, uncompressed. */
export interface ArrowFileWriter {
  /** The batch is not looked at any more once this returns. */
  write(batch: RecordBatch): void;
  /** The end of the file; valid also where no batch was written. */
  finish(): void;
}

/**
 * Begins a file. `take` is given its bytes one chunk after the other, each a view of memory that is used again:
 * apache-arrow 21.2 loses bytes when it joins chunks that share a buffer (`toUint8Array`, `tableToIPC`), and writes nothing at
 * all for a file without batches unless the schema is given first.
 */
export function arrowFileWriter(schema: Schema, take: (chunk: Uint8Array) => void): ArrowFileWriter {
  const writer = new RecordBatchFileWriter();
  writer.reset(new Chunks(take), schema);
  return {
    write(batch) {
      // The writer would end the file without a word if the schema of a batch differed.
      invariant(util.compareSchemas(batch.schema, schema), 'every batch of a part has its schema');
      writer.write(batch);
    },
    finish: () => void writer.finish(),
  };
}

/** Record batches of one schema as an Arrow IPC file in memory: a view of the buffer, valid until it is used again. */
export function arrowFileBytes(schema: Schema, batches: Iterable<RecordBatch>, buffer: PartBuffer): Uint8Array {
  buffer.clear();
  const writer = arrowFileWriter(schema, (chunk) => buffer.append(chunk));
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return buffer.bytes();
}

/** Memory that grows as needed and is used for one file after the other: writing to fresh memory costs ten times more. */
export class PartBuffer {
  #memory: Uint8Array;
  #size = 0;

  constructor(sizeBytes = 1024 * 1024) {
    this.#memory = new Uint8Array(sizeBytes);
  }

  get sizeBytes(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
  }

  append(chunk: Uint8Array): void {
    const size = this.#size + chunk.length;
    if (size > this.#memory.length) this.#grow(size);
    this.#memory.set(chunk, this.#size);
    this.#size = size;
  }

  bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#size);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#memory.length));
    grown.set(this.bytes());
    this.#memory = grown;
  }
}
