import { readFileSync } from 'node:fs';
import {
  Bool,
  type DataType,
  Field,
  FixedSizeList,
  Int16,
  Int64,
  List,
  type RecordBatch,
  Struct,
  Table,
  TimestampMicrosecond,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { takeRows } from '#formats/arrow/values/take-rows.ts';

const ROWS = 40;
const of = <T>(type: DataType, value: (row: number) => T | null) =>
  vectorFromArray(Array.from({ length: ROWS }, (_, row) => (row % 5 === 3 ? null : value(row))) as never, type);

const batch = new Table({
  bool: of(new Bool(), (row) => row % 3 === 0),
  int64: of(new Int64(), (row) => BigInt(row) << 40n),
  text: of(new Utf8(), (row) => 'ä'.repeat(row % 4)),
  time: of(new TimestampMicrosecond(), (row) => row * 1000),
  list: of(new List(new Field('item', new Int16(), true)), (row) =>
    Array.from({ length: row % 4 }, (_, i) => (i === 1 ? null : row + i)),
  ),
  fixed: of(new FixedSizeList(2, new Field('item', new Bool(), true)), (row) => [row % 2 === 0, null]),
  struct: of(new Struct([new Field('a', new Utf8(), true), new Field('b', new Int16(), true)]), (row) => ({
    a: `${row}`,
    b: row % 2 ? null : row,
  })),
  words: vectorFromArray(Array.from({ length: ROWS }, (_, row) => (row % 7 === 0 ? null : `w${row % 3}`))),
}).batches[0] as RecordBatch;

const plain = (value: unknown): unknown =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));

describe('rows by their numbers', () => {
  it.each([[[]], [[0]], [[39]], [[3, 8, 13]], [[0, 1, 2, 17, 30, 39]], [Array.from({ length: ROWS }, (_, i) => i)]])(
    'are those rows, of every kind of column: %j',
    (numbers) => {
      const taken = takeRows(batch, numbers);
      expect(taken.numRows).toBe(numbers.length);
      expect(numbers.map((_, i) => plain(taken.get(i)))).toEqual(numbers.map((row) => plain(batch.get(row))));
    },
  );

  it('are not taken of a slice, whose columns begin elsewhere', () => {
    expect(() => takeRows(batch.slice(1, 5), [0])).toThrow(/whole columns/);
  });

  it.each(['pyarrow-view.arrow', 'pyarrow-large.arrow', 'pyarrow-dictionary.arrow'])(
    'of a file by pyarrow: %s',
    (name) => {
      const [first] = tableFromIPC(readFileSync(new URL(`../../../fixtures/people/${name}`, import.meta.url))).batches;
      const numbers = [1, 2, 4];
      const taken = takeRows(first as RecordBatch, numbers);
      expect(numbers.map((_, i) => plain(taken.get(i)))).toEqual(numbers.map((row) => plain(first?.get(row))));
    },
  );
});
