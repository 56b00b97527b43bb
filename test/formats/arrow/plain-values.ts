/** Values of Arrow columns straight from their buffers, in the form of test/fixtures/tables/canonical.py. */
import { type Data, DataType, type RecordBatch, util } from 'apache-arrow';

/** Column → its values over all batches. */
export function tableValues(batches: readonly RecordBatch[]): Record<string, unknown[]> {
  const names = batches[0]?.schema.fields.map(({ name }) => name) ?? [];
  return Object.fromEntries(
    names.map((name, i) => [name, batches.flatMap((batch) => plainValues(batch.data.children[i] as Data))]),
  );
}

function plainValues(data: Data): unknown[] {
  const value = reader(data);
  return Array.from({ length: data.length }, (_, row) => (data.getValid(row) ? value(row) : null));
}

function reader(data: Data): (row: number) => unknown {
  const { type, values } = data;
  if (DataType.isNull(type)) return () => null;
  if (DataType.isDictionary(type)) {
    const words = data.dictionary?.data.flatMap((each: Data) => plainValues(each)) ?? [];
    return (row) => words[Number(values[row])];
  }
  if (data.children.length > 0) return nested(data);
  if (DataType.isBool(type)) return (row) => ((values[row >> 3] >> (row & 7)) & 1) === 1;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return (row) => text(type, viewed(data, row));
  if (DataType.isFixedSizeBinary(type))
    return (row) => hex(values.subarray(row * type.byteWidth, (row + 1) * type.byteWidth));
  if (data.valueOffsets) {
    return (row) => text(type, values.subarray(Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])));
  }
  if (DataType.isDecimal(type))
    return (row) => decimal(values.subarray(row * (type.bitWidth / 32), (row + 1) * (type.bitWidth / 32)), type.scale);
  if (DataType.isFloat(type) && type.precision === 0) return (row) => number(util.uint16ToFloat64(values[row]));
  return (row) => number(values[row]);
}

function nested(data: Data): (row: number) => unknown {
  const children = data.children.map((child) => plainValues(child));
  const { type, valueOffsets } = data;
  if (DataType.isStruct(type)) {
    return (row) => Object.fromEntries(type.children.map(({ name }, i) => [name, children[i]?.[row]]));
  }
  const items = children[0] ?? [];
  if (DataType.isFixedSizeList(type)) return (row) => items.slice(row * type.listSize, (row + 1) * type.listSize);
  const slice = (row: number) => items.slice(Number(valueOffsets[row]), Number(valueOffsets[row + 1]));
  return DataType.isMap(type) ? (row) => slice(row).map((entry) => Object.values(entry as object)) : slice;
}

function viewed({ values, variadicBuffers }: Data, row: number): Uint8Array {
  const bytes = values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset + 16 * row, 16);
  const size = view.getInt32(0, true);
  if (size <= 12) return bytes.subarray(16 * row + 4, 16 * row + 4 + size);
  const start = view.getInt32(12, true);
  return variadicBuffers[view.getInt32(8, true)]?.subarray(start, start + size) ?? new Uint8Array(0);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const text = (type: DataType, bytes: Uint8Array): string =>
  DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)
    ? new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    : hex(bytes);

function number(value: number | bigint): unknown {
  if (typeof value === 'bigint') return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : String(value);
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

/** The words of the integer from the lowest up, as text with its point. */
function decimal(words: Uint32Array, scale: number): string {
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const value = BigInt.asIntN(32 * words.length, unsigned);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
