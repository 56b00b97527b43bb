/** Columns of a record batch as row-major tensors: a view where the bytes are already in that order, else one pass. */
import { type Data, DataType, type Field, type RecordBatch } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { Binding, Element } from '#core/inference/bind.ts';
import type { TensorValues } from '#core/inference/model-output.ts';
import { ARRAYS, exactNumbers, type Numbers, plainNumbers } from './numbers.ts';

/** Rows that are gathered from one column before the next: what they write stays in the first-level cache. */
const BLOCK_ROWS = 64;

/**
 * The values of `batch.numRows` rows for one input. A column of vectors of the same element type is not copied: the
 * tensor is valid as long as the batch. LS_NULL_INPUT if a row has no value; nulls never become zeros.
 * LS_VALUE_INEXACT if the element type does not hold a whole number exactly. LS_LIST_LENGTH if a list is not as long as
 * the input has values.
 */
export function tensorOf(batch: RecordBatch, { columns, element, dims }: Omit<Binding, 'input'>): TensorValues {
  const width = dims.reduce((product, dim) => product * dim, 1);
  const parts = columns.map((name) => {
    const numbers = numbersOf(batch, name, width);
    return exactNumbers(numbers, element, (at) => {
      throw inexact(batch, { name, element, numbers, at });
    });
  });
  const [first] = parts;
  if (first && parts.length === 1 && first instanceof ARRAYS[element]) return first;
  if (first && parts.length === 1) return converted(first, element);
  return gathered(parts, batch.numRows, element);
}

/** The numbers of one column, row after row; of lists, `width` a row. */
function numbersOf(batch: RecordBatch, name: string, width: number): Numbers {
  const column = batch.getChild(name)?.data[0];
  invariant(column, `the column \`${name}\` was bound and is not there`);
  let items: Data = column;
  if (DataType.isList(column.type) || DataType.isLargeList(column.type)) {
    if (column.nullCount > 0) throw nullInput(batch, name);
    items = equalLists(column, name, width);
  }
  for (;;) {
    if (items.nullCount > 0) throw nullInput(batch, name);
    if (!DataType.isFixedSizeList(items.type)) return plainNumbers(items, items.length);
    const { listSize } = items.type;
    const [child] = items.children;
    invariant(child, `the lists of \`${name}\` have no items`);
    items = child.slice(0, items.length * listSize);
  }
}

/** The items of lists that are all `width` numbers long, and no others. */
function equalLists({ children: [items], length: rows, valueOffsets }: Data, name: string, width: number): Data {
  invariant(items, `the lists of \`${name}\` have no items`);
  const wanted = width / numbersIn(items.type);
  const offsets: ArrayLike<number | bigint> = valueOffsets;
  const start = rows > 0 ? Number(offsets[0]) : 0;
  for (let row = 0, from = start; row < rows; row++) {
    const to = Number(offsets[row + 1]);
    if (to - from !== wanted) {
      const message = `the column \`${name}\` has a list of ${to - from} in row ${row} of a record batch, the model takes ${wanted}`;
      throw new LockstepError('LS_LIST_LENGTH', message);
    }
    from = to;
  }
  return items.slice(start, rows * wanted);
}

const numbersIn = (type: DataType): number =>
  DataType.isFixedSizeList(type) ? type.listSize * numbersIn((type.children[0] as Field).type) : 1;

function inexact(
  batch: RecordBatch,
  { name, element, numbers, at }: { name: string; element: Element; numbers: Numbers; at: number },
): LockstepError {
  const row = Math.floor((at * batch.numRows) / numbers.length);
  const message = `the column \`${name}\` has ${numbers[at]} in row ${row} of a record batch, which ${element} does not hold exactly`;
  return new LockstepError('LS_VALUE_INEXACT', message);
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

/** `set` of typed arrays of different element types converts; 64-bit integers meet none but their own here. */
const set = (tensor: TensorValues, numbers: Numbers): void => (tensor as Float64Array).set(numbers as Float64Array);

function nullInput(batch: RecordBatch, name: string): LockstepError {
  const column = batch.getChild(name);
  const isMissing = (row: number) => hasNull(column?.get(row));
  let row = 0;
  while (row < batch.numRows && !isMissing(row)) row++;
  return new LockstepError('LS_NULL_INPUT', `the column \`${name}\` has no value in row ${row} of a record batch`);
}

const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && [...(value as Iterable<unknown>)].some(hasNull));
