import type { Data, Decimal } from 'apache-arrow';
import { broken, type ColumnPlace } from './corrupt.ts';
import { isValidIn } from './validity.ts';

const WORD_BYTES = 8;

/** Checks that every decimal has no more digits than its type says: other readers refuse a column with one that has. */
export function checkDecimals(data: Data<Decimal>, at: ColumnPlace): void {
  const { type, values, length } = data;
  const isValid = isValidIn(data);
  const width = type.bitWidth / (8 * WORD_BYTES);
  const bytes = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const limit = 10n ** BigInt(type.precision);
  for (let row = 0; row < length; row++) {
    const value = width < 1 ? BigInt(bytes.getInt32(4 * row, true)) : integer(bytes, row * width, width);
    if ((value >= limit || value <= -limit) && isValid(row)) {
      throw broken(at, `row ${row} has more than the ${type.precision} digits of its type`);
    }
  }
}

/** A signed integer of `width` words of 64 bits, the lowest first. Mostly the lowest says all. */
function integer(bytes: DataView, word: number, width: number): bigint {
  const low = bytes.getBigInt64(word * WORD_BYTES, true);
  const sign = low < 0n ? -1n : 0n;
  let value = low;
  for (let i = 1; i < width; i++) {
    const next = bytes.getBigInt64((word + i) * WORD_BYTES, true);
    if (next === sign && value === low) continue;
    value = BigInt.asUintN(64 * i, value) | (next << BigInt(64 * i));
  }
  return value;
}
