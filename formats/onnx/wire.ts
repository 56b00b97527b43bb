/** Reads protobuf messages field by field, without knowing what they mean. */
import { LockstepError } from '#core/errors.ts';

/** One field with its encoding: a view of the message, tag included. */
export interface WireField {
  readonly field: number;
  readonly encoded: Uint8Array;
  /** The content of a field of bytes, text or a message; undefined for numbers. */
  readonly content: Uint8Array | undefined;
  /** The number of a varint field. */
  readonly number: bigint | undefined;
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The fields in their order. LS_MODEL_UNREADABLE where the bytes are no message. */
export function* fieldsOf(message: Uint8Array): Generator<WireField, void, void> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw broken();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw broken();
  };
  while (at < message.length) {
    const start = at;
    const tag = Number(varint());
    const [field, wire] = [tag >>> 3, tag & 7];
    let content: Uint8Array | undefined;
    let number: bigint | undefined;
    if (wire === WIRE.varint) number = varint();
    else if (wire === WIRE.bytes) {
      const length = Number(varint());
      content = message.subarray(at, at + length);
      at += length;
    } else if (wire === WIRE.fixed32) at += 4;
    else if (wire === WIRE.fixed64) at += 8;
    else throw broken();
    if (at > message.length) throw broken();
    yield { field, encoded: message.subarray(start, at), content, number };
  }
}

const decoder = new TextDecoder();

/** Texts of every field of this number. */
export const textsOf = (message: Uint8Array, wanted: number): string[] =>
  contentsOf(message, wanted).map((content) => decoder.decode(content));

/** Contents of every field of this number. */
export const contentsOf = (message: Uint8Array, wanted: number): Uint8Array[] =>
  [...fieldsOf(message)].flatMap(({ field, content }) => (field === wanted && content ? [content] : []));

/** Numbers of every field of this number, packed or not. */
export const numbersOf = (message: Uint8Array, wanted: number): bigint[] =>
  [...fieldsOf(message)].flatMap(({ field, content, number }) => {
    if (field !== wanted) return [];
    return content ? packed(content) : number === undefined ? [] : [number];
  });

function packed(content: Uint8Array): bigint[] {
  const numbers: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of content) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0n;
    shift = 0n;
  }
  return numbers;
}

const broken = (): LockstepError =>
  new LockstepError('LS_MODEL_UNREADABLE', 'expected an ONNX model, got bytes that are no protobuf message');
