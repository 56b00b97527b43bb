import { createHash } from 'node:crypto';
import { type RecordBatch, RecordBatchFileWriter, type Schema, util } from 'apache-arrow';

/** A finished Arrow IPC file. */
export interface Part {
  /** Valid until the next part is begun with the same buffer. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly sha256: string;
}

/** Writes one Arrow IPC file, uncompressed, into memory. */
export interface PartWriter {
  write(batch: RecordBatch): void;
  /** The whole file; valid also where no batch was written. */
  finish(): Promise<Part>;
}

/**
 * Begins a file. The chunks of the writer are taken one by one: apache-arrow 21.2 loses bytes when it joins chunks that
 * share a buffer (`toUint8Array`, `tableToIPC`), and writes nothing at all for a file without batches unless the schema
 * is given first.
 */
export function newPart(schema: Schema, buffer: PartBuffer): PartWriter {
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  buffer.clear();
  const hash = createHash('sha256');
  const drained = drain(writer, (chunk) => {
    hash.update(chunk);
    buffer.append(chunk);
  });
  let rows = 0;
  return {
    write(batch) {
      // The writer would end the file without a word if the schema of a batch differed.
      if (!util.compareSchemas(batch.schema, schema))
        throw new Error('invariant broken: every batch of a part has its schema');
      writer.write(batch);
      rows += batch.numRows;
    },
    async finish() {
      writer.finish();
      await drained;
      return { bytes: buffer.bytes(), rows, sha256: hash.digest('hex') };
    },
  };
}

async function drain(writer: RecordBatchFileWriter, take: (chunk: Uint8Array) => void): Promise<void> {
  for await (const chunk of writer) take(chunk);
}

/** Memory that grows as needed and is used for one part after the other: writing to fresh memory costs ten times more. */
export class PartBuffer {
  #memory: Uint8Array;
  #size = 0;

  constructor(sizeBytes = 1024 * 1024) {
    this.#memory = new Uint8Array(sizeBytes);
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
