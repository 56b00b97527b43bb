import { Data, DataType, makeData, RecordBatch } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { isValidIn } from '../check/validity.ts';

/**
 * Rows of a batch by their numbers, in memory of their own. The columns must start at the first row of their buffers, as those
 * that were just decoded do: a slice of a batch is refused.
 */
export function takeRows(batch: RecordBatch, rows: readonly number[]): RecordBatch {
  const children = batch.data.children.map((column) => taken(column, rows));
  return new RecordBatch(
    batch.schema,
    makeData({ type: batch.data.type, length: rows.length, nullCount: 0, children }),
  );
}

function taken(data: Data, rows: readonly number[]): Data {
  const { type, dictionary, variadicBuffers } = data;
  invariant(data.offset === 0, 'rows are taken of whole columns');
  if (DataType.isNull(type)) return makeData({ type, length: rows.length });
  const valid = validity(data, rows);
  const made = (buffers: { offsets?: unknown; values?: unknown }, children: Data[] = []): Data => {
    const all = [buffers.offsets, buffers.values, valid?.bitmap];
    return new Data(type, 0, rows.length, valid?.nulls ?? 0, all as never, children, dictionary, variadicBuffers);
  };
  if (DataType.isStruct(type))
    return made(
      {},
      data.children.map((child) => taken(child, rows)),
    );
  if (DataType.isFixedSizeList(type)) {
    const items = rows.flatMap((row) => range(row * type.listSize, (row + 1) * type.listSize));
    return made(
      {},
      data.children.map((child) => taken(child, items)),
    );
  }
  if (data.valueOffsets) return variable(data, rows, made);
  return made({ values: DataType.isBool(type) ? bits(data.values, rows) : fixed(data, rows) });
}

type Make = (buffers: { offsets?: unknown; values?: unknown }, children?: Data[]) => Data;

/** Texts, bytes, lists and maps. */
function variable({ valueOffsets, values, children }: Data, rows: readonly number[], made: Make): Data {
  const from = valueOffsets as Int32Array | BigInt64Array;
  const ranges = rows.map((row) => [Number(from[row]), Number(from[row + 1])] as const);
  const sizes = ranges.map(([start, end]) => end - start);
  let at = 0;
  const ends = [0, ...sizes.map((size) => (at += size))];
  const offsets = from instanceof Int32Array ? Int32Array.from(ends) : BigInt64Array.from(ends, BigInt);
  if (children.length > 0) {
    const items = ranges.flatMap(([start, end]) => range(start, end));
    return made(
      { offsets },
      children.map((child) => taken(child, items)),
    );
  }
  const bytes = new Uint8Array(at);
  for (const [i, [start, end]] of ranges.entries()) bytes.set((values as Uint8Array).subarray(start, end), ends[i]);
  return made({ offsets, values: bytes });
}

/** Values of one width: numbers, times, decimals, views, indexes into a dictionary, bytes of one length. */
function fixed({ type, values, stride }: Data, rows: readonly number[]): ArrayLike<unknown> {
  const width = DataType.isUtf8View(type) || DataType.isBinaryView(type) ? VIEW_BYTES : stride;
  const source = values as Uint8Array;
  const made = new (source.constructor as typeof Uint8Array)(rows.length * width);
  for (const [i, row] of rows.entries()) made.set(source.subarray(row * width, (row + 1) * width), i * width);
  return made;
}

const VIEW_BYTES = 16;

function validity(
  data: Data,
  rows: readonly number[],
): { readonly bitmap: Uint8Array; readonly nulls: number } | undefined {
  if (data.nullCount === 0) return undefined;
  const isValid = isValidIn(data);
  return {
    bitmap: packed(rows.length, (i) => isValid(rows[i] as number)),
    nulls: rows.reduce((sum, row) => sum + (isValid(row) ? 0 : 1), 0),
  };
}

const bits = (values: Uint8Array, rows: readonly number[]): Uint8Array =>
  packed(rows.length, (i) => (((values[(rows[i] as number) >> 3] as number) >> ((rows[i] as number) & 7)) & 1) === 1);

/** One bit a row, the first in the lowest bit. */
function packed(rows: number, isSet: (row: number) => boolean): Uint8Array {
  const made = new Uint8Array((rows + 7) >> 3);
  for (let row = 0; row < rows; row++) if (isSet(row)) made[row >> 3] = (made[row >> 3] as number) | (1 << (row & 7));
  return made;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
