/**
 * Holds the values of a column against each other. What is copied into a part is not looked at by the model, so damage
 * in it would come out as a part that other readers refuse, or as values of other rows.
 */
import { isUtf8 } from 'node:buffer';
import { type Data, DataType, type Decimal } from 'apache-arrow';
import { broken, type ColumnPlace } from './corrupt.ts';
import { checkDecimals } from './decimals.ts';
import { isValidIn } from './validity.ts';
import { checkViews } from './views.ts';

/**
 * Checks a column that starts at the first row of its buffers: as many nulls as it says; offsets that rise and stay
 * inside; indexes that its dictionary has; text that is UTF-8;
 * decimals of as many digits as they may have. LS_ARROW_CORRUPT names the column and the row.
 */
export function checkColumn(data: Data, at: ColumnPlace): void {
  const { type, length } = data;
  if (length === 0 || DataType.isNull(type)) return;
  checkNulls(data, at);
  if (DataType.isDictionary(type)) checkIndexes(data, at);
  else if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) checkViews(data, at);
  else if (DataType.isDecimal(type)) checkDecimals(data as Data<Decimal>, at);
  else if (data.valueOffsets) checkVariable(data, at);
  for (const [i, child] of data.children.entries()) {
    checkColumn(child, { ...at, path: `${at.path}.${type.children?.[i]?.name ?? i}` });
  }
}

function checkNulls({ length, nullCount, nullBitmap }: Data, at: ColumnPlace): void {
  if (nullCount === 0 || !nullBitmap) return;
  let valid = 0;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) valid += ones(nullBitmap[i] ?? 0);
  valid += ones((nullBitmap[whole] ?? 0) & ((1 << (length & 7)) - 1));
  if (length - valid === nullCount) return;
  throw broken(at, `${length - valid} of its rows have no value, its header says ${nullCount}`);
}

const ones = (byte: number): number => {
  const pairs = byte - ((byte >> 1) & 0x55);
  const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return (fours + (fours >> 4)) & 0x0f;
};

function checkIndexes(data: Data, at: ColumnPlace): void {
  const size = data.dictionary?.length ?? 0;
  const isValid = isValidIn(data);
  const indexes = data.values as ArrayLike<number | bigint>;
  for (let row = 0; row < data.length; row++) {
    const index = indexes[row] ?? -1;
    if ((index < 0 || index >= size) && isValid(row)) {
      throw broken(at, `row ${row} has the index ${index}, its dictionary has ${size} values`);
    }
  }
}

/** Columns of texts, bytes, lists or maps. */
function checkVariable(data: Data, at: ColumnPlace): void {
  const isBytes = data.children.length === 0;
  const limit = isBytes ? (data.values?.length ?? 0) : (data.children[0]?.length ?? 0);
  const offsets = lowWords(data, at);
  let before = offsets.at(0);
  if (before < 0) throw broken(at, `its first row starts at ${before}`);
  for (let row = 0; row < data.length; row++) {
    const end = offsets.at(row + 1);
    if (end < before) throw broken(at, `row ${row} ends at ${end}, before its start at ${before}`);
    before = end;
  }
  if (before > limit) throw broken(at, `its rows end at ${before}, it has ${limit} ${isBytes ? 'bytes' : 'items'}`);
  if (DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type)) checkText(data, offsets, at);
}

interface Offsets {
  at(index: number): number;
}

/** Offsets of 32 bits, or of 64 whose upper halves are zero: no batch that is read has two thousand million bytes. */
function lowWords({ valueOffsets, length }: Data, at: ColumnPlace): Offsets {
  const offsets = valueOffsets as Int32Array | BigInt64Array;
  if (offsets instanceof Int32Array) return { at: (index) => offsets[index] as number };
  const words = new Int32Array(offsets.buffer, offsets.byteOffset, 2 * (length + 1));
  for (let row = 0; row <= length; row++) {
    if (words[2 * row + 1] !== 0) throw broken(at, `row ${row} starts at ${offsets[row]}`);
  }
  return { at: (index) => words[2 * index] as number };
}

/** All texts at once, and that no row begins within a character. */
function checkText({ values, length }: Data, offsets: Offsets, at: ColumnPlace): void {
  const bytes = values as Uint8Array;
  const end = offsets.at(length);
  if (!isUtf8(bytes.subarray(offsets.at(0), end))) throw broken(at, 'its text is not UTF-8');
  for (let row = 0; row < length; row++) {
    const start = offsets.at(row);
    if (start < end && ((bytes[start] as number) & 0xc0) === 0x80) {
      throw broken(at, `row ${row} starts within a character`);
    }
  }
}
