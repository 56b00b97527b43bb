/** Record batches behind each other as one, so that a model is called once for the rows of many records. */
import { type Data, DataType, makeData, RecordBatch, Struct } from 'apache-arrow';

/** One batch with the rows of all, which have the same columns; undefined where a column is of a type that is not joined. */
export function joinBatches(batches: readonly RecordBatch[]): RecordBatch | undefined {
  const [first] = batches;
  if (first === undefined || batches.length === 1) return first;
  const columns = first.schema.fields.map((_, at) => joinData(batches.map(({ data }) => data.children[at] as Data)));
  if (columns.some((column) => column === undefined)) return undefined;
  const length = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  const type = new Struct(first.schema.fields);
  return new RecordBatch(first.schema, makeData({ type, length, nullCount: 0, children: columns as Data[] }));
}

function joinData(parts: readonly Data[]): Data | undefined {
  const type = parts[0]?.type as DataType;
  const base = { type, length: parts.reduce((sum, { length }) => sum + length, 0), ...validityOf(parts) };
  if (DataType.isBool(type)) return makeData({ ...base, data: bitsOf(parts) } as never);
  if (DataType.isStruct(type))
    return withChildren(
      base,
      type.children.map((_, at) => parts.map((part) => childOf(part, at, 1))),
    );
  if (DataType.isFixedSizeList(type)) return withChildren(base, [parts.map((part) => childOf(part, 0, type.listSize))]);
  if (DataType.isUtf8(type) || DataType.isBinary(type)) return joinBytes(parts, base);
  if (DataType.isList(type)) return joinLists(parts, base);
  return isFixedWidth(type) ? makeData({ ...base, data: joinValues(parts) } as never) : undefined;
}

interface JoinedBase {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount: number;
}

const isFixedWidth = (type: DataType): boolean =>
  DataType.isInt(type) ||
  DataType.isFloat(type) ||
  DataType.isDecimal(type) ||
  DataType.isDate(type) ||
  DataType.isTime(type) ||
  DataType.isTimestamp(type) ||
  DataType.isDuration(type) ||
  DataType.isFixedSizeBinary(type);

/** A slice of a column has its own view of values, but not of bits. */
function joinValues(parts: readonly Data[]): ArrayBufferView {
  const views = parts.map(({ values, stride, length }) => (values as Uint8Array).subarray(0, stride * length));
  const total = views.reduce((sum, view) => sum + view.length, 0);
  const joined = new ((views[0] as Uint8Array).constructor as Uint8ArrayConstructor)(total);
  let at = 0;
  for (const view of views) {
    joined.set(view, at);
    at += view.length;
  }
  return joined;
}

function bitsOf(parts: readonly Data[]): Uint8Array {
  return packed(parts, ({ values, offset }, row) => ((values[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1);
}

function validityOf(parts: readonly Data[]): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  const nullCount = parts.reduce((sum, part) => sum + part.nullCount, 0);
  return nullCount === 0
    ? { nullCount }
    : { nullCount, nullBitmap: packed(parts, (part, row) => (part.getValid(row) ? 1 : 0)) };
}

/** One bit a row, the first in the lowest bit. */
function packed(parts: readonly Data[], bit: (part: Data, row: number) => number): Uint8Array {
  const bits = new Uint8Array((parts.reduce((sum, { length }) => sum + length, 0) + 7) >> 3);
  let at = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row++, at++)
      bits[at >> 3] = (bits[at >> 3] ?? 0) | (bit(part, row) << (at & 7));
  }
  return bits;
}

const childOf = (part: Data, at: number, width: number): Data =>
  (part.children[at] as Data).slice(0, part.length * width);

function withChildren(base: JoinedBase, columns: readonly (readonly Data[])[]): Data | undefined {
  const children = columns.map(joinData);
  if (children.some((child) => child === undefined)) return undefined;
  return makeData({ ...base, children, child: children[0] } as never);
}

/** Where the items of each part begin and end, and the places of all in the joined ones. */
function joinOffsets(parts: readonly Data[]): {
  readonly ranges: readonly (readonly [number, number])[];
  readonly offsets: Int32Array;
} {
  const offsets = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0) + 1);
  let at = 0;
  let items = 0;
  const ranges = parts.map(({ valueOffsets, length }) => {
    const [first = 0, last = 0] = [valueOffsets[0], valueOffsets[length]];
    for (let row = 0; row < length; row++) offsets[at + row + 1] = items + (valueOffsets[row + 1] as number) - first;
    at += length;
    items += last - first;
    return [first, last] as const;
  });
  return { ranges, offsets };
}

function joinBytes(parts: readonly Data[], base: JoinedBase): Data {
  const { ranges, offsets } = joinOffsets(parts);
  const views = parts.map(({ values }, i) =>
    (values as Uint8Array).subarray(...(ranges[i] as readonly [number, number])),
  );
  return makeData({ ...base, valueOffsets: offsets, data: Buffer.concat(views) } as never);
}

function joinLists(parts: readonly Data[], base: JoinedBase): Data | undefined {
  const { ranges, offsets } = joinOffsets(parts);
  const child = joinData(
    parts.map(({ children }, i) => {
      const [first, last] = ranges[i] as readonly [number, number];
      return (children[0] as Data).slice(first, last - first);
    }),
  );
  return child && makeData({ ...base, valueOffsets: offsets, child } as never);
}
