import {
  Field,
  FixedSizeList,
  Float32,
  Int64,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Table,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { batchOf, WIDTH } from '../files.ts';

const only = (columns: Record<string, Vector>) => new Table(columns).batches[0] as RecordBatch;

/** They matter for lists of any length alone. */
const dims = [1];

describe('tensorOf', () => {
  it('is a view of a column of vectors, not a copy', () => {
    const batch = batchOf(0, 5);
    const tensor = tensorOf(batch, { columns: ['x'], element: 'float32', dims });
    expect((tensor as Float32Array).buffer).toBe(batch.data.children[2]?.children[0]?.values.buffer);
    expect(tensor).toHaveLength(5 * WIDTH);
  });

  it('has the rows of a slice and no others', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const slice = batchOf(0, 40).slice(from, to);
        const tensor = tensorOf(slice, { columns: ['x'], element: 'float32', dims });
        expect([...tensor]).toEqual(Array.from({ length: (to - from) * WIDTH }, (_, i) => from + i / WIDTH));
        const ids = tensorOf(slice, { columns: ['id', 'id'], element: 'float32', dims });
        expect([...ids]).toEqual(Array.from({ length: (to - from) * 2 }, (_, i) => from + Math.floor(i / 2)));
      }),
    );
  });

  it('gathers columns of numbers row by row, over more rows than one block', () => {
    const rows = 200;
    const a = Float32Array.from({ length: rows }, (_, i) => i);
    const batch = only({
      a: vectorFromArray(a),
      b: vectorFromArray(Int16Array.from(a)),
      c: vectorFromArray(Float64Array.from(a)),
    });
    const tensor = tensorOf(batch, { columns: ['c', 'a', 'b'], element: 'float32', dims });
    expect([...tensor]).toEqual(Array.from({ length: rows * 3 }, (_, i) => Math.floor(i / 3)));
  });

  it('keeps 64-bit integers exact', () => {
    const big = 2n ** 53n + 1n;
    const batch = only({ id: vectorFromArray([big, 1n], new Int64()) });
    expect(tensorOf(batch, { columns: ['id'], element: 'int64', dims })).toEqual(BigInt64Array.of(big, 1n));
    expect(tensorOf(batch, { columns: ['id', 'id'], element: 'int64', dims })).toEqual(
      BigInt64Array.of(big, big, 1n, 1n),
    );
  });

  it.each([0, 3, 7])('refuses a null in row %i instead of taking it for a zero', (row) => {
    const values = Array.from({ length: 8 }, (_, i) => (i === row ? null : i));
    const batch = only({ v: vectorFromArray(values, new Float32()) });
    expect(() => tensorOf(batch, { columns: ['v'], element: 'float32', dims })).toThrow(
      expect.objectContaining({
        code: 'LS_NULL_INPUT',
        message: `the column \`v\` has no value in row ${row} of a record batch`,
      }),
    );
  });

  it.each([
    ['int32', Int32Array.of(1, -(2 ** 24) - 1), -(2 ** 24) - 1],
    ['uint32', Uint32Array.of(2 ** 32 - 256, 2 ** 32 - 1), 2 ** 32 - 1],
  ])('refuses a whole number (%s) that float32 would round, alone and among others', (_type, values, value) => {
    const batch = only({ id: makeVector(values) });
    for (const columns of [['id'], ['id', 'id']]) {
      expect(() => tensorOf(batch, { columns, element: 'float32', dims })).toThrow(
        expect.objectContaining({
          code: 'LS_VALUE_INEXACT',
          message: `the column \`id\` has ${value} in row 1 of a record batch, which float32 does not hold exactly`,
        }),
      );
    }
    expect([...tensorOf(batch, { columns: ['id'], element: 'float64', dims })]).toEqual([...values]);
  });

  it('takes every whole number that float32 holds', () => {
    const batch = only({ id: makeVector(Int32Array.of(2 ** 24, -(2 ** 31), 3 * 2 ** 26)) });
    expect(tensorOf(batch, { columns: ['id'], element: 'float32', dims })).toEqual(
      Float32Array.of(2 ** 24, -(2 ** 31), 3 * 2 ** 26),
    );
  });

  it('refuses a null within a vector, and a vector that is null', () => {
    const type = new FixedSizeList(2, new Field('item', new Float32(), true));
    for (const hole of [[5, null], null]) {
      const x = vectorFromArray([[1, 2], hole, [3, 4]], type).data[0];
      const schema = new Schema([new Field('x', type, true)]);
      const batch = new RecordBatch(
        schema,
        makeData({ type: new Struct(schema.fields), length: 3, nullCount: 0, children: [x as never] }),
      );
      expect(() => tensorOf(batch, { columns: ['x'], element: 'float32', dims })).toThrow(/`x` has no value in row 1/);
    }
  });
});
