/** Structs of Thrift's compact protocol as the bytes of their fields, to be put together again from some of them. */
import { endOfValue } from './thrift.ts';

export interface RawField {
  readonly id: number;
  readonly type: number;
  /** The value as it is encoded: nothing for a boolean, which its type says. */
  readonly bytes: Uint8Array;
}

export interface RawList {
  readonly type: number;
  readonly items: readonly Uint8Array[];
}

/** Types that say the value of a boolean; its field has no bytes. */
const LAST_BOOLEAN = 2;
const STOP = 0;
const LONG_LIST = 15;

/** The fields of a struct, in their order. RangeError where the bytes are no struct. */
export function rawFields(bytes: Uint8Array): readonly RawField[] {
  const fields: RawField[] = [];
  let id = 0;
  for (let at = 0; ; ) {
    const header = byteAt(bytes, at++);
    if (header === STOP) return fields;
    const [delta, type] = [header >> 4, header & 0x0f];
    if (delta === 0) {
      const long = varintAt(bytes, at);
      id = (long.value >>> 1) ^ -(long.value & 1);
      at = long.end;
    } else id += delta;
    const end = type <= LAST_BOOLEAN ? at : endOfValue(bytes, at, type);
    fields.push({ id, type, bytes: bytes.subarray(at, end) });
    at = end;
  }
}

/** The struct that has these fields, whose ids ascend. */
export function rawStruct(fields: readonly RawField[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let last = 0;
  for (const { id, type, bytes } of fields) {
    const delta = id - last;
    if (delta < 1 || delta > 15) throw new RangeError(`the field ${id} does not come after the field ${last}`);
    pieces.push(Uint8Array.of((delta << 4) | type), bytes);
    last = id;
  }
  return joined([...pieces, Uint8Array.of(STOP)]);
}

/** The items of a list, as they are encoded. */
export function rawList(bytes: Uint8Array): RawList {
  const header = byteAt(bytes, 0);
  const type = header & 0x0f;
  const long = header >> 4 === LONG_LIST ? varintAt(bytes, 1) : { value: header >> 4, end: 1 };
  const items: Uint8Array[] = [];
  let at = long.end;
  for (let i = 0; i < long.value; i++) {
    const end = endOfValue(bytes, at, type);
    items.push(bytes.subarray(at, end));
    at = end;
  }
  return { type, items };
}

export function listOf({ type, items }: RawList): Uint8Array {
  const count = items.length;
  const header = count < LONG_LIST ? [(count << 4) | type] : [(LONG_LIST << 4) | type, ...varint(count)];
  return joined([Uint8Array.from(header), ...items]);
}

const byteAt = (bytes: Uint8Array, at: number): number => {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError('the description ends too soon');
  return byte;
};

/** A number of at most 28 bits: no field id and no list is larger. */
function varintAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = byteAt(bytes, at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
  throw new RangeError('a number is too large');
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
