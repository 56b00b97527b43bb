import { isUtf8 } from 'node:buffer';

/**
 * Reads flatbuffer tables and refuses whatever points outside of the buffer. The generated readers of apache-arrow
 * trust every length they meet: one damaged byte can make them loop over two thousand million entries that are not
 * there. Nothing reaches them before it has been walked with these.
 */
export class FlatTable {
  readonly #view: DataView;
  /** Where the table starts in its buffer. */
  readonly position: number;

  constructor(view: DataView, position: number) {
    this.#view = view;
    this.position = position;
  }

  /** The root table of a buffer. Throws RangeError, as every method does, where the buffer ends too soon. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** A one-byte field, e.g. an enum or the type of a union. */
  uint8(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  int16(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : this.#view.getInt16(at, true);
  }

  int32(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  int64(field: number): number {
    const at = this.#at(field);
    return at === undefined ? 0 : count64(this.#view, at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#at(field);
    return at === undefined ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  tables(field: number): FlatTable[] {
    const { start, count } = this.#vector(field, 4);
    return Array.from({ length: count }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  /** A vector of structs of `size` bytes, each handed to `read` as a view of its own bytes. */
  structs<T>(field: number, size: number, read: (struct: DataView) => T): T[] {
    const { start, count } = this.#vector(field, size);
    const { buffer, byteOffset } = this.#view;
    return Array.from({ length: count }, (_, i) => read(new DataView(buffer, byteOffset + start + i * size, size)));
  }

  /** Replaces the structs of a vector, each written by `write` into the bytes that it has. */
  rewriteStructs(field: number, size: number, write: (struct: DataView, index: number) => void): void {
    let index = 0;
    this.structs(field, size, (struct) => write(struct, index++));
  }

  /** Replaces a field that is there. */
  setInt64(field: number, value: number): void {
    const at = this.#at(field);
    if (at === undefined) throw new RangeError(`the table has no field ${field}`);
    this.#view.setBigInt64(at, BigInt(value), true);
  }

  /** Leaves a field out, as if it had never been written. */
  omit(field: number): void {
    if (this.#at(field) === undefined) return;
    const vtable = this.position - this.#view.getInt32(this.position, true);
    this.#view.setUint16(vtable + 4 + 2 * field, 0, true);
  }

  /** Checks that a string lies within the buffer and is UTF-8. */
  checkText(field: number): void {
    const { start, count } = this.#vector(field, 1);
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, count);
    if (!isUtf8(bytes)) throw new RangeError(`a name of ${count} bytes is not UTF-8`);
  }

  /** Checks that a vector of numbers of `size` bytes lies within the buffer. */
  checkNumbers(field: number, size: number): void {
    this.#vector(field, size);
  }

  #vector(field: number, size: number): { start: number; count: number } {
    const at = this.#at(field);
    if (at === undefined) return { start: 0, count: 0 };
    const vector = at + this.#view.getUint32(at, true);
    const count = this.#view.getUint32(vector, true);
    const start = vector + 4;
    if (count * size > this.#view.byteLength - start) throw new RangeError(`a vector of ${count} entries does not fit`);
    return { start, count };
  }

  /** Position of a field, or undefined where the table leaves it out. */
  #at(field: number): number | undefined {
    const vtable = this.position - this.#view.getInt32(this.position, true);
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.position + offset;
  }
}

/** A 64-bit count or offset. Throws RangeError where it is negative or no safe integer. */
export function count64(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError(`${value} is no length or offset`);
  return value;
}
