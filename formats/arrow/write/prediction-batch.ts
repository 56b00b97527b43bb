import {
  Bool,
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import type { PredictionField, Scalar, Values, ValueType } from '#core/inference/prediction.ts';

/** Makes a record batch of values: those of each scalar in the order of the fields, of a struct of its fields. */
export type BatchShape = (rows: number, values: readonly Values[], valid?: Valid) => RecordBatch;

/** For each field one byte a row, 0 for a null; undefined where it has none. Only fields of one value a row have nulls. */
export type Valid = readonly (Uint8Array | undefined)[];

const ARROW: Readonly<Record<Scalar, DataType>> = {
  bool: new Bool(),
  int32: new Int32(),
  int64: new Int64(),
  float32: new Float32(),
  float64: new Float64(),
  utf8: new Utf8(),
};

/** The fields as Arrow has them. */
export const arrowFields = (fields: readonly PredictionField[]): Field[] =>
  fields.map(({ name, type, nullable }) => new Field(name, arrowType(type), nullable));

function arrowType(type: ValueType): DataType {
  if (typeof type === 'string') return ARROW[type];
  if ('list' in type) return new FixedSizeList(type.list, new Field('item', arrowType(type.of), false));
  return new Struct(arrowFields(type.struct));
}

/** Typed arrays become columns without a copy. */
export function batchShape(fields: readonly PredictionField[]): BatchShape {
  const schema = new Schema(arrowFields(fields));
  const type = new Struct(schema.fields);
  return (rows, values, valid) => {
    const rest = [...values];
    const children = schema.fields.map((field, i) => withNulls(dataOf(field.type, rows, rest), valid?.[i]));
    invariant(rest.length === 0, `${rest.length} columns of values belong to no field`);
    return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children }));
  };
}

/** Values of the right shape that mean nothing: what lies below a null. */
export function blankValues(fields: readonly PredictionField[], rows: number): Values[] {
  return fields.flatMap(({ type }) => blank(type, rows));
}

function blank(type: ValueType, rows: number): Values[] {
  if (typeof type !== 'string')
    return 'list' in type ? blank(type.of, rows * type.list) : blankValues(type.struct, rows);
  return [type === 'utf8' ? Array<string>(rows).fill('') : new BLANK[type](rows)];
}

const BLANK = {
  bool: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Takes the values of a field from the front of `rest`. */
function dataOf(type: DataType, length: number, rest: Values[]): Data {
  if (type instanceof FixedSizeList) {
    const child = dataOf(type.valueType, length * type.listSize, rest);
    return makeData({ type, length, nullCount: 0, child });
  }
  if (type instanceof Struct) {
    const children = type.children.map((field) => dataOf(field.type, length, rest));
    return makeData({ type, length, nullCount: 0, children });
  }
  const values = rest.shift();
  invariant(values, `there are no values for ${type}`);
  if (type instanceof Utf8) return vectorFromArray(values as readonly string[], type).data[0] as Data;
  const data = type instanceof Bool ? packed(values as Uint8Array) : values;
  return makeData({ type: type as Int32, length, nullCount: 0, data: data as Int32Array });
}

function withNulls(data: Data, valid: Uint8Array | undefined): Data {
  if (!valid) return data;
  const nullCount = valid.reduce((nulls, one) => nulls + (one === 0 ? 1 : 0), 0);
  const { type, length, values, valueOffsets } = data;
  const nullBitmap = packed(valid);
  return makeData({ type: type as Int32, length, nullCount, nullBitmap, data: values, valueOffsets } as never) as Data;
}

/** One bit a row, the first in the lowest bit. */
function packed(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let row = 0; row < bytes.length; row++)
    if (bytes[row] !== 0) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return bits;
}
