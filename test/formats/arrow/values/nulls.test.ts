/** What stands for nulls in tensors, over lists that pyarrow wrote (test/fixtures/lists/write_lists.py) and columns made here. */
import { readFileSync } from 'node:fs';
import {
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import type { NullPolicy } from '#core/job/job.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { readAll } from '../read-all.ts';

/** A batch of one column `x`, whose buffers are as they are given: a row without a value has something in them too. */
function only(data: Data): RecordBatch {
  const fields = [new Field('x', data.type, true)];
  const type = new Struct(fields);
  return new RecordBatch(new Schema(fields), makeData({ type, length: data.length, nullCount: 0, children: [data] }));
}

const numbers = (type: DataType, data: ArrayLike<number | bigint>, bits?: number): Data =>
  makeData({
    type: type as Float32,
    length: data.length,
    data: data as Float32Array,
    ...(bits !== undefined && { nullBitmap: Uint8Array.of(bits) }),
  });

const tensor = (
  batch: RecordBatch,
  policy: NullPolicy,
  dims: number[] = [],
  element: 'float32' | 'int64' = 'float32',
) => [...tensorOf(batch, { columns: ['x'], element, dims, nulls: [policy] })];

describe('a null in a column of numbers', () => {
  const batch = only(numbers(new Float32(), Float32Array.of(1, 99, Number.NaN, 4), 0b1101));

  it('is NaN, or the value, which stands for NaN too; the column itself stays as it is', () => {
    expect(tensor(batch, 'nan')).toEqual([1, Number.NaN, Number.NaN, 4]);
    expect(tensor(batch, { value: -1 })).toEqual([1, -1, -1, 4]);
    expect(batch.data.children[0]?.values).toEqual(Float32Array.of(1, 99, Number.NaN, 4));
  });

  it('is where it was in a slice, and beside another column', () => {
    expect(tensor(batch.slice(1, 3), { value: 7 })).toEqual([7, 7]);
    const pair = tensorOf(batch, { columns: ['x', 'x'], element: 'float32', dims: [2], nulls: ['nan', { value: 0 }] });
    expect([...pair]).toEqual([1, 1, Number.NaN, 0, Number.NaN, 0, 4, 4]);
  });

  it('may hide a number that the input could not hold, and does not hide one beside it', () => {
    const big = 2n ** 53n + 1n;
    const ids = (bits: number) => only(numbers(new Int64(), BigInt64Array.of(1n, big), bits));
    expect(tensor(ids(0b01), { value: 5 })).toEqual([1, 5]);
    expect(tensor(ids(0b01), { value: 5 }, [], 'int64')).toEqual([1n, 5n]);
    expect(() => tensor(ids(0b10), { value: 5 })).toThrow(/has 9007199254740993 in row 1/);
  });

  it('is NaN in an input of floats, whatever numbers the column has', () => {
    expect(tensor(only(numbers(new Float64(), Float64Array.of(0.5, 8), 0b01)), 'nan')).toEqual([0.5, Number.NaN]);
    expect(tensor(only(numbers(new Int64(), BigInt64Array.of(3n, 8n), 0b10)), 'nan')).toEqual([Number.NaN, 8]);
  });
});

describe('a null in a column of lists', () => {
  it('is so many values, and a hole in a list is one: fixed lists', () => {
    const child = numbers(new Float32(), Float32Array.of(1, 2, 3, 4, 5, 6), 0b101111);
    const type = new FixedSizeList(2, new Field('item', new Float32(), true));
    const batch = only(makeData({ type, length: 3, nullBitmap: Uint8Array.of(0b110), child } as never) as Data);
    expect(tensor(batch, { value: 0 }, [2])).toEqual([0, 0, 3, 4, 0, 6]);
    expect(tensor(batch.slice(1, 3), { value: 0 }, [2])).toEqual([3, 4, 0, 6]);
  });

  it.each(['lists.arrow', 'lists.parquet'])('is so in lists of any length: %s', async (name) => {
    const folder = 'test/fixtures/lists';
    const expected: number[][] = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')).list;
    const got = { gap: [] as number[], hole: [] as number[] };
    for (const batch of await readAll(new Uint8Array(readFileSync(`${folder}/${name}`)))) {
      for (const half of [batch.slice(0, 2), batch.slice(2)]) {
        for (const column of ['gap', 'hole'] as const) {
          const at = { columns: [column], element: 'float32', dims: [6] } as const;
          got[column].push(...(tensorOf(half, { ...at, nulls: [{ value: 9 }] }) as Float32Array));
        }
      }
    }
    expect(got.gap).toEqual(expected.flatMap((row, i) => (i === 3 ? row.map(() => 9) : row)));
    expect(got.hole).toEqual(expected.flatMap((row, i) => (i === 5 ? [...row.slice(0, 5), 9] : row)));
  });
});
