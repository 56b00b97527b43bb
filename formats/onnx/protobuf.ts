/**
 * The four encodings of protobuf that ONNX needs. Every function returns one encoded field (tag and value); a message
 * is the concatenation of its fields.
 */
const encoder = new TextEncoder();

const WIRE = { varint: 0, bytes: 2, fixed32: 5 } as const;

/** One message from its encoded fields. */
export function message(fields: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    bytes.set(field, at);
    at += field.length;
  }
  return bytes;
}

/** int32, int64 and enum fields; a negative number takes ten bytes. */
export const integer = (field: number, value: number | bigint): Uint8Array =>
  message([tag(field, WIRE.varint), varint(BigInt(value))]);

/** float fields. */
export function float32(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return message([tag(field, WIRE.fixed32), bytes]);
}

/** bytes fields and embedded messages. */
export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  message([tag(field, WIRE.bytes), varint(BigInt(value.length)), value]);

/** string fields. */
export const text = (field: number, value: string): Uint8Array => bytes(field, encoder.encode(value));

const tag = (field: number, wire: number): Uint8Array => varint(BigInt((field << 3) | wire));

function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}
