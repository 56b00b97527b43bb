import { createHash } from 'node:crypto';
import { type RecordBatch, RecordBatchFileWriter, type Schema, util } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import { Chunks } from './chunks.ts';

/** A finished Arrow IPC file. */
export interface Part {
  /** Valid until the next part is begun with the same buffer. */
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly sha256: string;
}

/** Writes one Arrow IPC file, uncompressed, into memory. */
export interface PartWriter {
  /** The batch is copied before this returns. */
  write(batch: RecordBatch): void;
  /** The whole file; valid also where no batch was written. */
  finish(): Part;
}

/**
 * Begins a file. The chunks of the writer are taken one by one: apache-arrow 21.2 loses bytes when it joins chunks that
 * share a buffer (`toUint8Array`, `tableToIPC`), and writes nothing at all for a file without batches unless the schema
 * is given first. LS_PART_TOO_LARGE where a batch does not fit the buffer any more.
 */
export function newPart(schema: Schema, buffer: PartBuffer): PartWriter {
  const hash = createHash('sha256');
  const chunks = new Chunks((chunk) => {
    hash.update(chunk);
    buffer.append(chunk);
  });
  buffer.clear();
  const writer = new RecordBatchFileWriter();
  writer.reset(chunks, schema);
  let rows = 0;
  return {
    write(batch) {
      // The writer would end the file without a word if the schema of a batch differed.
      invariant(util.compareSchemas(batch.schema, schema), 'every batch of a part has its schema');
      writer.write(batch);
      rows += batch.numRows;
    },
    finish() {
      writer.finish();
      return { bytes: buffer.bytes(), rows, sha256: hash.digest('hex') };
    },
  };
}

/** A part is written by one request, from memory. */
const MAX_PART_BYTES = 1024 ** 3;

/** Memory that grows as needed and is used for one part after the other: writing to fresh memory costs ten times more. */
export class PartBuffer {
  #memory: Uint8Array;
  #size = 0;

  readonly #maxBytes: number;

  constructor(sizeBytes = 1024 * 1024, maxBytes = MAX_PART_BYTES) {
    this.#memory = new Uint8Array(sizeBytes);
    this.#maxBytes = maxBytes;
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
    if (needed > this.#maxBytes) {
      throw new LockstepError(
        'LS_PART_TOO_LARGE',
        `a part of at least ${needed} bytes, at most ${this.#maxBytes} are written`,
      );
    }
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, 2 * this.#memory.length)));
    grown.set(this.bytes());
    this.#memory = grown;
  }
}
