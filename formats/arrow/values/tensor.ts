/** Columns of a record batch as row-major tensors: a view where the bytes are already in that order, else one pass. */
import type { RecordBatch } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { Binding } from '#core/inference/bind.ts';
import {
  NUMBER_ARRAYS,
  type NumberElement,
  type TensorNumbers,
  type TensorValues,
} from '#core/inference/tensor-values.ts';
import type { NullPolicy } from '#core/job/job.ts';
import { type Cells, cellsOf } from './cells.ts';
import { exactNumbers, type Numbers } from './numbers.ts';

/** Rows that are gathered from one column before the next: what they write stays in the first-level cache. */
const BLOCK_ROWS = 64;

/**
 * The values of `batch.numRows` rows for one input. A column of vectors of the same element type is not copied: the
 * tensor is valid as long as the batch. LS_NULL_INPUT if a row has no value and the binding does not say what stands for
 * it. LS_VALUE_INEXACT if the element type does not hold a whole number exactly. LS_LIST_LENGTH if a list is not as long as
 * the input has values.
 */
export function tensorOf(batch: RecordBatch, { columns, element, dims, nulls }: Omit<Binding, 'input'>): TensorValues {
  const width = dims.reduce((product, dim) => product * dim, 1);
  const filled = columns.map((name, i) => ({ batch, name, width, policy: nulls?.[i] ?? 'error' }));
  if (element === 'string') return joined(filled.map(textsOf), batch.numRows);
  const parts = filled.map((column) => numbersOf(column, element));
  const [first] = parts;
  if (first && parts.length === 1 && first instanceof NUMBER_ARRAYS[element]) return first;
  if (first && parts.length === 1) return converted(first, element);
  return gathered(parts, batch.numRows, element);
}

interface Column {
  readonly batch: RecordBatch;
  readonly name: string;
  /** Values a row. */
  readonly width: number;
  readonly policy: NullPolicy;
}

/** The cells of a column; none is missing where the policy is an error. */
function cells({ batch, name, width, policy }: Column): Cells {
  const column = batch.getChild(name)?.data[0];
  invariant(column, `the column \`${name}\` was bound and is not there`);
  const found = cellsOf(column, { name, width });
  if (found.missing && policy === 'error') throw nullInput(batch, name);
  return found;
}

function textsOf(column: Column): readonly string[] {
  const { values, missing } = cells(column);
  const texts = values as readonly string[];
  if (!missing) return texts;
  const { value } = column.policy as { readonly value: string };
  return texts.map((text, at) => (missing[at] === 1 ? value : text));
}

/** The numbers of a column as arrays of the element type take them, those that stand for a null among them. */
function numbersOf(column: Column, element: NumberElement): Numbers {
  const { batch, name, policy } = column;
  const found = cells(column);
  const numbers = found.values as Numbers;
  const missing = typeof policy === 'object' ? withNaN(numbers, found.missing) : found.missing;
  const exact = exactNumbers(missing ? cleared(numbers, missing) : numbers, element, (at) => {
    throw inexact(batch, { name, element, numbers, at });
  });
  if (!missing) return exact;
  const tensor = exact instanceof NUMBER_ARRAYS[element] ? exact : converted(exact, element);
  const value = typeof policy === 'object' ? Number(policy.value) : Number.NaN;
  const fill = tensor instanceof BigInt64Array ? BigInt(value) : value;
  for (let at = 0; at < tensor.length; at++) if (missing[at] === 1) tensor[at] = fill as never;
  return tensor;
}

/** NaN is missing too where a value is to stand for it. */
function withNaN(numbers: Numbers, missing: Uint8Array | undefined): Uint8Array | undefined {
  if (!(numbers instanceof Float32Array) && !(numbers instanceof Float64Array)) return missing;
  let marked = missing;
  for (let at = 0; at < numbers.length; at++) {
    if (!Number.isNaN(numbers[at])) continue;
    marked ??= new Uint8Array(numbers.length);
    marked[at] = 1;
  }
  return marked;
}

/** A copy, because the column may be kept beside the predictions, without what stands where values are missing. */
function cleared(numbers: Numbers, missing: Uint8Array): Numbers {
  const copy = numbers.slice();
  const zero = copy instanceof BigInt64Array || copy instanceof BigUint64Array ? 0n : 0;
  for (let at = 0; at < copy.length; at++) if (missing[at] === 1) copy[at] = zero as never;
  return copy;
}

function inexact(
  batch: RecordBatch,
  { name, element, numbers, at }: { name: string; element: NumberElement; numbers: Numbers; at: number },
): LockstepError {
  const row = Math.floor((at * batch.numRows) / numbers.length);
  const message = `the column \`${name}\` has ${numbers[at]} in row ${row} of a record batch, which ${element} does not hold exactly`;
  return new LockstepError('LS_VALUE_INEXACT', message);
}

function converted(numbers: Numbers, element: NumberElement): TensorNumbers {
  const tensor = new NUMBER_ARRAYS[element](numbers.length);
  set(tensor, numbers);
  return tensor;
}

function gathered(columns: readonly Numbers[], rows: number, element: NumberElement): TensorNumbers {
  const width = columns.length;
  const tensor = new NUMBER_ARRAYS[element](rows * width);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, rows);
    columns.forEach((column, j) => {
      for (let row = from, at = from * width + j; row < to; row++, at += width) tensor[at] = column[row] as never;
    });
  }
  return tensor;
}

function joined(columns: readonly (readonly string[])[], rows: number): readonly string[] {
  const [first] = columns;
  if (first && columns.length === 1) return first;
  return Array.from({ length: rows * columns.length }, (_, at) => {
    const column = columns[at % columns.length] as readonly string[];
    return column[Math.floor(at / columns.length)] as string;
  });
}

/** `set` of typed arrays of different element types converts; 64-bit integers meet none but their own here. */
const set = (tensor: TensorNumbers, numbers: Numbers): void => (tensor as Float64Array).set(numbers as Float64Array);

function nullInput(batch: RecordBatch, name: string): LockstepError {
  const column = batch.getChild(name);
  const isMissing = (row: number) => hasNull(column?.get(row));
  let row = 0;
  while (row < batch.numRows && !isMissing(row)) row++;
  return new LockstepError('LS_NULL_INPUT', `the column \`${name}\` has no value in row ${row} of a record batch`);
}

const hasNull = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && [...(value as Iterable<unknown>)].some(hasNull));
