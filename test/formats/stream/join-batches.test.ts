/** Joined batches against their rows, one after the other, for every type that is joined. */
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int32,
  Int64,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  Uint16,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBatches } from '#formats/stream/join-batches.ts';

const item = (type: DataType) => new Field('item', type, true);
const number = fc.integer({ min: -100, max: 100 });

/** Type → values of it. */
const TYPES: readonly (readonly [DataType, fc.Arbitrary<unknown>])[] = [
  [new Int8(), number],
  [new Uint16(), fc.nat({ max: 1000 })],
  [new Int32(), number],
  [new Int64(), number.map(BigInt)],
  [new Float16(), number],
  [new Float32(), number],
  [new Float64(), fc.double({ noNaN: true })],
  [new Bool(), fc.boolean()],
  [new Utf8(), fc.string({ maxLength: 5 })],
  [new Binary(), fc.uint8Array({ maxLength: 4 })],
  [new FixedSizeBinary(3), fc.uint8Array({ minLength: 3, maxLength: 3 })],
  [new DateDay(), fc.nat({ max: 10_000 }).map((day) => new Date(day * 86_400_000))],
  [new TimestampMillisecond(), fc.nat()],
  [new Decimal(2, 10), fc.nat().map((n) => Uint32Array.of(n, 0, 0, 0))],
  [new FixedSizeList(2, item(new Float32())), fc.array(number, { minLength: 2, maxLength: 2 })],
  [new List(item(new Int32())), fc.array(number, { maxLength: 3 })],
  [new List(item(new Utf8())), fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 })],
  [
    new Struct([new Field('a', new Int32(), true), new Field('b', new Utf8(), true)]),
    fc.record({ a: number, b: fc.string({ maxLength: 3 }) }),
  ],
];

/** Values as something to compare, whatever holds them. */
const plain = (value: unknown): unknown =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));

const rowsOf = (batch: RecordBatch): unknown[] => [...(batch.getChild('x') ?? [])].map(plain);

function batchOf(type: DataType, values: readonly unknown[]): RecordBatch {
  const vector = vectorFromArray([...values], type);
  const schema = new Schema([new Field('x', type, true)]);
  return new Table(schema, { x: vector }).batches[0] ?? new RecordBatch(schema);
}

describe('batches that are joined', () => {
  it.each(TYPES.map(([type, values]) => [String(type), type, values] as const))(
    'have the rows of all in their order, slices among them: %s',
    (_, type, values) => {
      const batch = fc.array(fc.option(values, { freq: 4 }), { minLength: 1, maxLength: 20 });
      const cut = fc.record({ batch, from: fc.nat({ max: 9 }), rows: fc.integer({ min: 1, max: 20 }) });
      fc.assert(
        fc.property(fc.array(cut, { minLength: 2, maxLength: 4 }), (cuts) => {
          const parts = cuts.map(({ batch: some, from, rows }) =>
            batchOf(type, some).slice(from % some.length, (from % some.length) + rows),
          );
          const joined = joinBatches(parts);
          expect(joined?.numRows).toBe(parts.reduce((sum, { numRows }) => sum + numRows, 0));
          expect(rowsOf(joined as RecordBatch)).toEqual(parts.flatMap(rowsOf));
        }),
        { numRuns: 40 },
      );
    },
  );
});
