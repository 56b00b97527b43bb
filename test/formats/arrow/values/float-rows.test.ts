import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  makeData,
  makeVector,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { Table as ParquetTable, readParquet, writeParquet } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { floatRows } from '#formats/arrow/values/float-rows.ts';

const item = new Field('item', new Float32(), true);
const lists = (rows: (number[] | null)[]) => vectorFromArray(rows, new List(item));

/** Rows 0 … n of width 3, row i = [i, i + 0.5, -i]. */
const fixed = (rows: number) =>
  makeVector(
    makeData({
      type: new FixedSizeList(3, item),
      length: rows,
      nullCount: 0,
      child: makeData({
        type: new Float32(),
        length: rows * 3,
        nullCount: 0,
        data: Float32Array.from({ length: rows * 3 }, (_, i) => [i / 3, (i - 1) / 3 + 0.5, (2 - i) / 3][i % 3] ?? 0),
      }),
    }),
  );

describe('floatRows', () => {
  it('gives lists of equal length as one matrix, without a copy where there is one chunk', () => {
    const column = lists([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const matrix = floatRows(column);
    expect(matrix).toMatchObject({ rows: 3, width: 2 });
    expect([...matrix.values]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(matrix.values.buffer).toBe(column.data[0]?.children[0]?.values.buffer);
  });

  it('puts chunks behind each other', () => {
    const column = lists([[1, 2]]).concat(
      lists([
        [3, 4],
        [5, 6],
      ]),
    );
    expect([...floatRows(column).values]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads the rows of a slice and no others, for fixed-size and for variable lists', () => {
    expect([...floatRows(fixed(10).slice(3, 5)).values]).toEqual([3, 3.5, -3, 4, 4.5, -4]);
    expect([...floatRows(lists([[1], [2], [3], [4]]).slice(1, 3)).values]).toEqual([2, 3]);
  });

  it('reads a Parquet LIST<FLOAT> column', () => {
    const table = new Table({ pixels: lists(Array.from({ length: 50 }, (_, i) => [i, i * 2, i * 3])) });
    const parquet = writeParquet(ParquetTable.fromIPCStream(tableToIPC(table, 'stream')));
    const column = tableFromIPC(readParquet(parquet).intoIPCStream()).getChild('pixels');
    const matrix = floatRows(column as Vector, 'pixels');
    expect(matrix.width).toBe(3);
    expect([...matrix.values.subarray(49 * 3)]).toEqual([49, 98, 147]);
  });

  it('refuses nulls, lists of different lengths and other types, and names the column', () => {
    expect(() => floatRows(lists([[1], null]), 'pixels')).toThrow(/`pixels` holds nulls/);
    expect(() => floatRows(lists([[1], [2, 3]]), 'pixels')).toThrow(/`pixels` differ in length: 1 and 2/);
    expect(() => floatRows(lists([[1]]).concat(lists([[2, 3]])), 'pixels')).toThrow(/differ in length: 1 and 2/);
    expect(() => floatRows(vectorFromArray([1], new Int32()), 'pixels')).toThrow(/expected lists of float32.*Int32/);
    expect(() => floatRows(tableFromArrays({ a: Float64Array.of(1) }).getChildAt(0) as Vector)).toThrow(/float32/);
  });
});
