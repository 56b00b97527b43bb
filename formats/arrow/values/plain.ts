/**
 * Columns without dictionaries and views, at any depth. A part holds one dictionary a column, but each row group of Parquet
 * has its own, and objects of one run may encode the same text in different ways.
 */
import {
  Binary,
  type Data,
  DataType,
  Field,
  FixedSizeList,
  LargeList,
  List,
  Map_,
  makeData,
  type RecordBatch,
  RecordBatch as Rows,
  Schema,
  Struct,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';

export const plainSchema = ({ fields, metadata }: Schema): Schema => new Schema(fields.map(plainField), metadata);

/** A batch of `schema`, which is the plain one of its own. */
export function plainBatch(batch: RecordBatch, schema: Schema): RecordBatch {
  const children = batch.data.children.map(plainData);
  const length = batch.numRows;
  return new Rows(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}

const plainField = ({ name, type, nullable, metadata }: Field): Field =>
  new Field(name, plainType(type), nullable, metadata);

/** Whether its values are texts, in whatever form. */
export const isText = (type: DataType): boolean =>
  DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
/** Whether its values are bytes of any length, in whatever form. */
export const isBytes = (type: DataType): boolean =>
  DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type);

/** Text is Utf8, bytes are Binary, a dictionary is what its values are; everything else stays. */
export function plainType(type: DataType): DataType {
  if (DataType.isDictionary(type)) return plainType(type.dictionary);
  if (isText(type)) return new Utf8();
  if (isBytes(type)) return new Binary();
  const [first] = type.children ?? [];
  if (!first) return type;
  if (DataType.isList(type)) return new List(plainField(first));
  if (DataType.isLargeList(type)) return new LargeList(plainField(first));
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, plainField(first));
  if (DataType.isMap(type)) return new Map_(plainField(first), type.keysSorted);
  return DataType.isStruct(type) ? new Struct(type.children.map(plainField)) : type;
}

/** The same values as a column of the plain type. What is plain already is not copied. */
export function plainData(data: Data): Data {
  const { type } = data;
  if (DataType.isUtf8(type) || DataType.isBinary(type)) return data;
  if (isText(type) || isBytes(type)) return joined(data, valuesOf(data), (row) => row);
  if (DataType.isDictionary(type)) return fromDictionary(data);
  if (data.children.length === 0) return data;
  const { offset, length, nullCount } = data;
  return data.clone(plainType(type), offset, length, nullCount, data.buffers, data.children.map(plainData));
}

function fromDictionary(data: Data): Data {
  const words = data.dictionary as Vector;
  const indexes = data.values as ArrayLike<number | bigint>;
  const type = plainType(data.type);
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const values = words.data.flatMap((chunk: Data) => valuesOf(plainData(chunk)));
    return joined(data, values, (row) => Number(indexes[row]));
  }
  const value = (row: number) => (data.getValid(row) ? words.get(Number(indexes[row])) : null);
  return vectorFromArray(
    Array.from({ length: data.length }, (_, row) => value(row)),
    type,
  ).data[0] as Data;
}

/** The bytes of each row; nothing where it has no value. */
function valuesOf(data: Data): Uint8Array[] {
  const bytes = data.values as Uint8Array;
  const offsets = data.valueOffsets as ArrayLike<number | bigint> | undefined;
  const none = new Uint8Array(0);
  return Array.from({ length: data.length }, (_, row) => {
    if (!data.getValid(row)) return none;
    return offsets ? bytes.subarray(Number(offsets[row]), Number(offsets[row + 1])) : viewed(data, row);
  });
}

const INLINE_BYTES = 12;

function viewed({ values, variadicBuffers }: Data, row: number): Uint8Array {
  const bytes = values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset + 16 * row, 16);
  const size = view.getInt32(0, true);
  if (size <= INLINE_BYTES) return bytes.subarray(16 * row + 4, 16 * row + 4 + size);
  const start = view.getInt32(12, true);
  return (variadicBuffers[view.getInt32(8, true)] as Uint8Array).subarray(start, start + size);
}

/** The rows of `data`, each with the value at the place that `at` gives, behind each other. */
function joined(data: Data, values: readonly Uint8Array[], at: (row: number) => number): Data {
  const { length, nullCount } = data;
  const valueOffsets = new Int32Array(length + 1);
  const valid = Array.from({ length }, (_, row) => data.getValid(row));
  for (let row = 0; row < length; row++) {
    valueOffsets[row + 1] = (valueOffsets[row] as number) + (valid[row] ? (values[at(row)] as Uint8Array).length : 0);
  }
  const bytes = new Uint8Array(valueOffsets[length] as number);
  for (let row = 0; row < length; row++) if (valid[row]) bytes.set(values[at(row)] as Uint8Array, valueOffsets[row]);
  const type = plainType(data.type) as Utf8;
  const nullBitmap = nullCount > 0 ? data.nullBitmap : undefined;
  return makeData({ type, length, nullCount, nullBitmap, valueOffsets, data: bytes, offset: data.offset });
}
