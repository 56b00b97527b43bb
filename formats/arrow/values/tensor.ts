/** Columns of a record batch as row-major tensors: a view where the bytes are already in that order, else one pass. */
import { type Data, DataType, type RecordBatch } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { Binding, Element } from '#core/inference/bind.ts';
import type { TensorValues } from '#core/inference/model-output.ts';

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array } as const;
/** Rows that are gathered from one column before the next: what they write stays in the first-level cache. */
const BLOCK_ROWS = 64;

/**
 * The values of `batch.numRows` rows for one input. A column of vectors of the same element type is not copied: the
 * tensor is valid as long as the batch. LS_NULL_INPUT if a row has no value; nulls never become zeros.
 * LS_VALUE_INEXACT if a whole number has more digits than the element type.
 */
export function tensorOf(batch: RecordBatch, { columns, element }: Pick<Binding, 'columns' | 'element'>): TensorValues {
  const parts = columns.map((name) => numbersOf(batch, name));
  if (element === 'float32') {
    for (const [i, name] of columns.entries()) checkExact(batch, name, parts[i] as Numbers);
  }
  const [first] = parts;
  if (first && parts.length === 1 && first instanceof ARRAYS[element]) return first;
  if (first && parts.length === 1) return converted(first, element);
  return gathered(parts, batch.numRows, element);
}

type Numbers = TensorValues | Int8Array | Int16Array | Uint8Array | Uint16Array | Uint32Array;

/** The numbers of one column, row after row. */
function numbersOf(batch: RecordBatch, name: string): Numbers {
  const column = batch.getChild(name)?.data[0];
  invariant(column, `the column \`${name}\` was bound and is not there`);
  const isList = DataType.isFixedSizeList(column.type);
  const items = isList ? column.children[0] : column;
  if (column.nullCount > 0 || (items && items.nullCount > 0)) throw nullInput(batch, name);
  const size = isList ? column.length * column.type.listSize : column.length;
  // apache-arrow has already moved the values of a slice to its start: `offset` concerns only the bitmaps.
  return (items as Data).values.subarray(0, size);
}

/** Whole numbers up to 16 bits are exact in float32, of wider ones those that come back as they were. */
function checkExact(batch: RecordBatch, name: string, numbers: Numbers): void {
  if (!(numbers instanceof Int32Array || numbers instanceof Uint32Array)) return;
  const at = numbers.findIndex((value) => Math.fround(value) !== value);
  if (at < 0) return;
  const row = Math.floor((at * batch.numRows) / numbers.length);
  const message = `the column \`${name}\` has ${numbers[at]} in row ${row} of a record batch, which float32 does not hold exactly`;
  throw new LockstepError('LS_VALUE_INEXACT', message);
}

function converted(numbers: Numbers, element: Element): TensorValues {
  const tensor = new ARRAYS[element](numbers.length);
  set(tensor, numbers);
  return tensor;
}

function gathered(columns: readonly Numbers[], rows: number, element: Element): TensorValues {
  const width = columns.length;
  const tensor = new ARRAYS[element](rows * width);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, rows);
    columns.forEach((column, j) => {
      for (let row = from, at = from * width + j; row < to; row++, at += width) tensor[at] = column[row] as never;
    });
  }
  return tensor;
}

/** `set` of typed arrays of different element types converts; the binding has made sure that none is 64 bits wide. */
const set = (tensor: TensorValues, numbers: Numbers): void => (tensor as Float64Array).set(numbers as Float64Array);

function nullInput(batch: RecordBatch, name: string): LockstepError {
  const column = batch.getChild(name);
  const isMissing = (row: number) => {
    const value: unknown = column?.get(row);
    return value === null || (typeof value === 'object' && [...(value as Iterable<unknown>)].includes(null));
  };
  let row = 0;
  while (row < batch.numRows && !isMissing(row)) row++;
  return new LockstepError('LS_NULL_INPUT', `the column \`${name}\` has no value in row ${row} of a record batch`);
}
