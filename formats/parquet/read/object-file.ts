import type { TableObject } from '#core/inference/layout.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';

/** Bytes of an object that are in memory. */
export interface Held {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * An object as parquet-wasm wants a file: the part of a `Blob` that it uses. Ranges come out of what is held; what is not
 * is read when it is asked for.
 */
export class ObjectFile {
  readonly #objects: ReadObjects;
  readonly #table: Pick<TableObject, 'uri' | 'etag' | 'sizeBytes'>;
  readonly #held = new Set<Held>();

  constructor(objects: ReadObjects, table: Pick<TableObject, 'uri' | 'etag' | 'sizeBytes'>) {
    this.#objects = objects;
    this.#table = table;
  }

  get size(): number {
    return this.#table.sizeBytes;
  }

  slice(start = 0, end = this.size): { readonly size: number; arrayBuffer(): Promise<ArrayBuffer> } {
    return { size: end - start, arrayBuffer: () => this.#range(start, end) };
  }

  hold(held: Held): void {
    this.#held.add(held);
  }

  letGo(held: Held): void {
    this.#held.delete(held);
  }

  async #range(start: number, end: number): Promise<ArrayBuffer> {
    for (const { offset, bytes } of this.#held) {
      // A copy: what reads it keeps it, and the memory that it lies in is used again.
      if (offset <= start && end <= offset + bytes.length) return copyOf(bytes.subarray(start - offset, end - offset));
    }
    const { uri, etag } = this.#table;
    return copyOf((await this.#objects.get(uri, { start, end, etag })).bytes);
  }
}

const copyOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
