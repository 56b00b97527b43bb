import type { Memory } from '#core/inference/table-format.ts';

/**
 * Memory for ranged reads that is used again once its record batches are written. Left to the garbage collector, what was
 * read piles up to the size of the partition, and every read writes to pages that are new.
 */
export class ReadMemory implements Memory {
  #unused: Uint8Array[] = [];

  /** At least `sizeBytes`, with whatever it held before. */
  take(sizeBytes: number): Uint8Array {
    const at = this.#unused.findIndex((memory) => memory.length >= sizeBytes);
    if (at >= 0) return this.#unused.splice(at, 1)[0] as Uint8Array;
    // One that was too small will be again.
    this.#unused.pop();
    return new Uint8Array(sizeBytes);
  }

  /** Gives back what was taken: nobody may read it any more. */
  give(memory: Uint8Array): void {
    this.#unused.push(memory);
  }
}
