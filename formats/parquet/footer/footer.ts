import type { Extent } from '#core/inference/layout.ts';
import { corrupt, type FilePlace, unsupported } from '../corrupt.ts';
import { count, list, struct, text } from './fields.ts';
import { type Leaf, leavesOf } from './leaves.ts';
import { type SlimFooters, slimFooters } from './slim-footer.ts';
import { readStruct, type ThriftStruct } from './thrift.ts';

/** What the footer of a Parquet file says about where its rows are. */
export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
  /** The same for decoders: of one row group, and with no more than they need. */
  readonly footers: SlimFooters;
}

export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly ColumnChunk[];
}

/** The values of one leaf column in one row group. */
export interface ColumnChunk extends Extent {
  /** Names from the top of the schema down to the leaf. */
  readonly path: readonly string[];
  readonly decodedBytes: number;
  /** Of the row group. */
  readonly rows: number;
  /** Nulls included: as many as rows, but where the column lies in lists. */
  readonly values: number;
}

/** From the first byte of its columns to the last. */
export function rowGroupExtent({ chunks }: RowGroup): Extent {
  const offset = Math.min(...chunks.map((chunk) => chunk.offset));
  return { offset, sizeBytes: Math.max(...chunks.map((chunk) => chunk.offset + chunk.sizeBytes)) - offset };
}

const FILE = { schema: 2, rows: 3, rowGroups: 4, encryption: 8 } as const;
const GROUP = { columns: 1, rows: 3 } as const;
const COLUMN = { filePath: 1, meta: 3, crypto: 8 } as const;
const META = { path: 3, codec: 4, values: 5, decodedBytes: 6, sizeBytes: 7, dataAt: 9, dictionaryAt: 11 } as const;
/** Compressions by their number in the format, and whether they are read. */
export const CODECS = [
  ['none', true],
  ['Snappy', true],
  ['GZIP', true],
  ['LZO', false],
  ['Brotli', true],
  ['LZ4 of Hadoop', true],
  ['ZSTD', true],
  ['LZ4', true],
] as const;
/** What one row group may decode to: memory is reserved by what the file claims. */
const MAX_DECODED_BYTES = 4 * 1024 ** 3;

/**
 * Reads a footer and holds it against the file: every column chunk lies between the magic and the footer, no two overlap,
 * row groups add up to the rows of the file. LS_PARQUET_CORRUPT, LS_PARQUET_UNSUPPORTED.
 */
export function decodeFooter(bytes: Uint8Array, footerAt: number, place: FilePlace): ParquetFooter {
  try {
    const file = readStruct(bytes);
    if (file.has(FILE.encryption)) throw unsupported(place, 'the file is encrypted');
    const leaves = leavesOf(list(file, FILE.schema), place);
    const rowGroups = list(file, FILE.rowGroups).map((group) => rowGroup(struct(group), { leaves, place }));
    const rows = count(file, FILE.rows);
    const sum = rowGroups.reduce((total, group) => total + group.rows, 0);
    if (sum !== rows) throw corrupt(place, `its row groups have ${sum} rows, the file says ${rows}`);
    checkChunks(rowGroups, footerAt, place);
    return { rows, rowGroups, footers: slimFooters(bytes) };
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(place, 'the footer is damaged', error);
    throw error;
  }
}

interface Expected {
  readonly leaves: readonly Leaf[];
  readonly place: FilePlace;
}

function rowGroup(group: ThriftStruct, { leaves, place }: Expected): RowGroup {
  const columns = list(group, GROUP.columns);
  if (columns.length !== leaves.length) {
    throw corrupt(place, `a row group has ${columns.length} columns, the schema has ${leaves.length}`);
  }
  const rows = count(group, GROUP.rows);
  const chunks = leaves.map((leaf, i) => columnChunk(struct(columns[i]), { leaf, rows, place }));
  const decodedBytes = chunks.reduce((sum, chunk) => sum + chunk.decodedBytes, 0);
  if (decodedBytes > MAX_DECODED_BYTES) {
    throw unsupported(place, `a row group decodes to ${decodedBytes} bytes, at most ${MAX_DECODED_BYTES} are read`);
  }
  return { rows, chunks };
}

interface ExpectedChunk {
  readonly leaf: Leaf;
  readonly rows: number;
  readonly place: FilePlace;
}

function columnChunk(column: ThriftStruct, { leaf, rows, place }: ExpectedChunk): ColumnChunk {
  if (column.has(COLUMN.filePath)) throw unsupported(place, 'a column lies in another file');
  if (column.has(COLUMN.crypto)) throw unsupported(place, 'a column is encrypted');
  const meta = struct(column.get(COLUMN.meta));
  const codec = count(meta, META.codec);
  const [called = `codec ${codec}`, isRead = false] = CODECS[codec] ?? [];
  if (!isRead) throw unsupported(place, `a column is compressed with ${called}`);
  const path = list(meta, META.path).map(text);
  const name = leaf.path.join('.');
  if (path.join('.') !== name) {
    throw corrupt(place, `a row group has the column \`${path.join('.')}\` where the schema has \`${name}\``);
  }
  const values = count(meta, META.values);
  if (!leaf.isRepeated && values !== rows) {
    throw corrupt(place, `the column \`${name}\` has ${values} values in a row group of ${rows} rows`);
  }
  const dataAt = count(meta, META.dataAt);
  const dictionaryAt = meta.has(META.dictionaryAt) ? count(meta, META.dictionaryAt) : 0;
  return {
    path,
    // Some writers say 0 where there is no dictionary.
    offset: dictionaryAt > 0 ? Math.min(dictionaryAt, dataAt) : dataAt,
    sizeBytes: count(meta, META.sizeBytes),
    decodedBytes: count(meta, META.decodedBytes),
    ...{ rows, values },
  };
}

/** The magic that a file begins with. */
const HEAD_BYTES = 4;

function checkChunks(rowGroups: readonly RowGroup[], footerAt: number, place: FilePlace): void {
  let end = HEAD_BYTES;
  const all = rowGroups.flatMap(({ chunks }) => chunks).filter(({ sizeBytes }) => sizeBytes > 0);
  for (const { offset, sizeBytes, path } of all.sort((a, b) => a.offset - b.offset)) {
    if (offset < end || offset + sizeBytes > footerAt) {
      const where = `bytes ${offset} to ${offset + sizeBytes}`;
      throw corrupt(place, `the footer places the column \`${path.join('.')}\` at ${where}, where it cannot be`);
    }
    end = offset + sizeBytes;
  }
}
