import { DataType, type Field, type Schema } from 'apache-arrow';
import type { BatchHeader } from '../metadata/message.ts';
import { corrupt, type Place, unsupported } from './corrupt.ts';

type Node = BatchHeader['nodes'][number];
type Region = BatchHeader['buffers'][number];

/**
 * Holds the header of an uncompressed record batch against the schema and the size of its body: every column has as many rows as the
 * batch, and every buffer lies within the body and is long enough for its rows. Without this, lies in the header would
 * come out as values that are not in the file, or as fewer rows.
 */
export function checkBatch(
  schema: Schema,
  header: BatchHeader,
  body: { readonly bytes: number; readonly place: Place },
) {
  const { place } = body;
  const nodes = header.nodes.values();
  const buffers = header.buffers.values();
  const variadicCounts = header.variadicCounts.values();
  const next = <T>(from: Iterator<T>, what: string): T => {
    const { value, done } = from.next();
    if (done) throw corrupt(place, `a record batch has too few ${what} for the schema`);
    return value;
  };
  const region = (bytes: number, name: string): Region => {
    const buffer = next(buffers, 'buffers');
    if (buffer.offset + buffer.length > body.bytes)
      throw corrupt(place, `a buffer of \`${name}\` lies outside its batch`);
    if (buffer.length < bytes) {
      throw corrupt(place, `a buffer of \`${name}\` holds ${buffer.length} bytes, its rows need ${bytes}`);
    }
    return buffer;
  };
  const visit = (field: Field, rows: number | undefined): void => {
    const node = next(nodes, 'columns');
    if (rows !== undefined && node.length !== rows) {
      throw corrupt(place, `\`${field.name}\` has ${node.length} rows where its batch has ${rows}`);
    }
    if (node.nulls > node.length) throw corrupt(place, `\`${field.name}\` claims more nulls than rows`);
    checkBuffers(field, node, { region, views: () => next(variadicCounts, 'counts of view buffers'), place });
    for (const child of childrenOf(field.type)) visit(child, childRows(field.type, node.length));
  };
  for (const field of schema.fields) visit(field, header.rows);
}

interface Buffers {
  readonly region: (bytes: number, name: string) => Region;
  /** How many buffers the next column of views has. */
  readonly views: () => number;
  readonly place: Place;
}

/** Takes the buffers of one column, in the order of the format: validity, then offsets, then values. */
function checkBuffers({ name, type }: Field, { length, nulls }: Node, { region, views, place }: Buffers): void {
  if (DataType.isNull(type)) return;
  const stored = DataType.isDictionary(type) ? type.indices : type;
  region(nulls > 0 ? bitmapBytes(length) : 0, name);
  if (DataType.isUtf8View(stored) || DataType.isBinaryView(stored)) {
    region(VIEW_BYTES * length, name);
    // Each buffer is taken from those that the header lists, so a count that lies ends here and not in memory.
    for (let left = views(); left > 0; left--) region(0, name);
    return;
  }
  const offsetBytes = offsetWidth(stored);
  if (offsetBytes > 0) region(length === 0 ? 0 : (length + 1) * offsetBytes, name);
  if (
    DataType.isUtf8(stored) ||
    DataType.isLargeUtf8(stored) ||
    DataType.isBinary(stored) ||
    DataType.isLargeBinary(stored)
  ) {
    region(0, name);
  } else if (offsetBytes === 0 && childrenOf(stored).length === 0) {
    const width = valueBits(stored);
    if (width === undefined) throw unsupported(place, `the column \`${name}\` is of type ${type}`);
    region(Math.ceil((length * width) / 8), name);
  }
}

const VIEW_BYTES = 16;
const bitmapBytes = (rows: number): number => Math.ceil(rows / 8);

/** Bytes of an offset in types that have them, else 0. */
function offsetWidth(type: DataType): number {
  if (DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isList(type) || DataType.isMap(type)) return 4;
  if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type) || DataType.isLargeList(type)) return 8;
  return 0;
}

/** A dictionary's values are in a batch of their own. */
const childrenOf = (type: DataType): readonly Field[] => (DataType.isDictionary(type) ? [] : (type.children ?? []));

/** Rows that the children of a column must have; undefined where only the offsets say so. */
function childRows(type: DataType, rows: number): number | undefined {
  if (DataType.isFixedSizeList(type)) return rows * type.listSize;
  return DataType.isStruct(type) ? rows : undefined;
}

/** Bits a value of a type of fixed width takes; undefined for other types. */
function valueBits(type: DataType): number | undefined {
  if (DataType.isBool(type)) return 1;
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth * 8;
  if (DataType.isInt(type) || DataType.isDecimal(type) || DataType.isTime(type)) return type.bitWidth;
  if (DataType.isFloat(type)) return 16 << type.precision;
  if (DataType.isDate(type)) return type.unit === 0 ? 32 : 64;
  if (DataType.isInterval(type)) return [32, 64, 128][type.unit];
  return DataType.isTimestamp(type) || DataType.isDuration(type) ? 64 : undefined;
}
