import type { Held } from '../decoder.ts';

/** The parts of a file that are in memory, as parquet-wasm wants a file: what it uses of a `Blob`. */
export class HeldFile {
  readonly size: number;
  readonly #parts: readonly Held[];

  constructor(end: Held, chunks: readonly Held[]) {
    this.size = end.offset + end.bytes.length;
    this.#parts = [...chunks, end];
  }

  slice(start = 0, end = this.size): { readonly size: number; arrayBuffer(): Promise<ArrayBuffer> } {
    return { size: end - start, arrayBuffer: async () => this.#range(start, end) };
  }

  /** Columns that lie close to each other are asked for at once. What is not held between them is not looked at. */
  #range(start: number, end: number): ArrayBuffer {
    const held = this.#parts.filter(({ offset, bytes }) => offset < end && offset + bytes.length > start);
    const [first] = held;
    if (first?.offset === start && first.bytes.length === end - start) return memoryOf(first.bytes);
    const range = new Uint8Array(end - start);
    for (const { offset, bytes } of held) {
      range.set(bytes.subarray(Math.max(0, start - offset), end - offset), Math.max(0, offset - start));
    }
    return range.buffer;
  }
}

/** Not copied where it is memory of its own: it is copied into that of the module anyway. */
const memoryOf = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : Uint8Array.from(bytes).buffer;
