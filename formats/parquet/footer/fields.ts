import type { ThriftStruct, ThriftValue } from './thrift.ts';

/** Fields as they have to be; RangeError where they are not. */

export function struct(value: ThriftValue | undefined): ThriftStruct {
  if (value instanceof Map) return value;
  throw new RangeError('a struct is missing');
}

export function list(owner: ThriftStruct, field: number): readonly ThriftValue[] {
  const value = owner.get(field);
  if (Array.isArray(value)) return value;
  throw new RangeError(`the list ${field} is missing`);
}

/** A count, a size or an offset. */
export function count(owner: ThriftStruct, field: number): number {
  const value = Number(owner.get(field) ?? Number.NaN);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`the field ${field} is no count or offset`);
}

export function text(value: ThriftValue | undefined): string {
  if (!(value instanceof Uint8Array)) throw new RangeError('a text is missing');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch (cause) {
    throw new RangeError('a text is no UTF-8', { cause });
  }
}
