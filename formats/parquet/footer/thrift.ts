/**
 * Reads Thrift's compact protocol, in which a Parquet file describes itself. Every length is held against the bytes that
 * are left, so that a lie costs neither time nor memory. Throws RangeError where the bytes end too soon or make no sense.
 */

/** A struct: field id → value. Fields of a type that nothing here reads are left out. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;
export type ThriftValue = number | bigint | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;

const MAX_DEPTH = 16;
const STOP = 0;
const TYPE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** Reads one struct from the start of `bytes`. */
export const readStruct = (bytes: Uint8Array): ThriftStruct => new Reader(bytes, 0).struct(0);

/** Reads one struct that begins `at` a byte, and says where it ends. */
export function readStructAt(bytes: Uint8Array, at: number): { readonly value: ThriftStruct; readonly end: number } {
  const reader = new Reader(bytes, at);
  const value = reader.struct(0);
  return { value, end: reader.at };
}

/** Where a value of a type that begins `at` a byte ends. */
export function endOfValue(bytes: Uint8Array, at: number, type: number): number {
  const reader = new Reader(bytes, at);
  reader.value(type, 0);
  return reader.at;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  struct(depth: number): ThriftStruct {
    if (depth > MAX_DEPTH) throw new RangeError(`structs are nested more than ${MAX_DEPTH} deep`);
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const header = this.#byte();
      if (header === STOP) return fields;
      const delta = header >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      const type = header & 0x0f;
      fields.set(id, type === TYPE.true || type === TYPE.false ? type === TYPE.true : this.value(type, depth + 1));
    }
  }

  value(type: number, depth: number): ThriftValue {
    switch (type) {
      // Only in lists: there a boolean has a byte of its own.
      case TYPE.true:
      case TYPE.false:
        return this.#byte() === TYPE.true;
      case TYPE.byte:
        return this.#byte();
      case TYPE.i16:
      case TYPE.i32:
        return Number(this.#zigzag());
      case TYPE.i64:
        return this.#zigzag();
      case TYPE.double:
        return this.#take(8);
      case TYPE.binary:
        return this.#take(Number(this.#varint()));
      case TYPE.list:
      case TYPE.set:
        return this.#list(depth);
      case TYPE.map:
        return this.#map(depth);
      case TYPE.struct:
        return this.struct(depth);
      default:
        throw new RangeError(`the type ${type} does not exist`);
    }
  }

  #list(depth: number): ThriftValue[] {
    if (depth > MAX_DEPTH) throw new RangeError(`lists are nested more than ${MAX_DEPTH} deep`);
    const header = this.#byte();
    const size = header >> 4 === 15 ? Number(this.#varint()) : header >> 4;
    // Every value has at least one byte.
    if (size > this.#bytes.length - this.#at) throw new RangeError(`a list of ${size} values does not fit`);
    const values: ThriftValue[] = [];
    for (let i = 0; i < size; i++) values.push(this.value(header & 0x0f, depth + 1));
    return values;
  }

  #map(depth: number): ThriftValue[] {
    const size = Number(this.#varint());
    if (size === 0) return [];
    const types = this.#byte();
    if (size > this.#bytes.length - this.#at) throw new RangeError(`a map of ${size} entries does not fit`);
    const entries: ThriftValue[] = [];
    for (let i = 0; i < size; i++)
      entries.push([this.value(types >> 4, depth + 1), this.value(types & 0x0f, depth + 1)]);
    return entries;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the description ends too soon');
    return byte;
  }

  #take(size: number): Uint8Array {
    if (size > this.#bytes.length - this.#at) throw new RangeError(`${size} bytes do not fit`);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number has more than 64 bits');
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
}
