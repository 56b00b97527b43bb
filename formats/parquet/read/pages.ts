import { crc32 } from 'node:zlib';
import { LockstepError } from '#core/errors.ts';
import { damage } from '../corrupt.ts';
import type { ColumnChunk } from '../footer/footer.ts';
import { readStructAt, type ThriftStruct } from '../footer/thrift.ts';

const PAGE = { type: 1, decodedBytes: 2, sizeBytes: 3, checksum: 4, data: 5, dictionary: 7, dataV2: 8 } as const;
const COUNT = { values: 1, rowsV2: 3 } as const;
const TYPE = { data: 0, index: 1, dictionary: 2, dataV2: 3 } as const;

interface Page {
  /** Rows of a data page of version 2, values of any. */
  readonly rows: number;
  readonly values: number;
  /** The header too: so chunks count. */
  readonly decodedBytes: number;
  readonly end: number;
}

/**
 * Walks the pages of a column chunk before anything decodes them: they fill the chunk, and hold and decode to what the
 * footer says. Memory is reserved by what the headers of pages say, so they must not lie. Where a page has a checksum, its
 * bytes are held against it. LS_PARQUET_CORRUPT says what is wrong, not where.
 */
export function checkPages(bytes: Uint8Array, chunk: ColumnChunk): void {
  const differs = (what: string, got: number, says: number) =>
    damage(`its pages ${what} ${got}, the footer says ${says}`);
  let [at, decodedBytes, values, rows] = [0, 0, 0, 0];
  try {
    while (at < bytes.length) {
      const page = pageAt(bytes, at);
      decodedBytes += page.decodedBytes;
      values += page.values;
      rows += page.rows;
      at = page.end;
    }
  } catch (error) {
    const what = error instanceof LockstepError ? error.message : 'its header is damaged';
    throw damage(`the page at byte ${chunk.offset + at}: ${what}`, error);
  }
  if (at !== chunk.sizeBytes || bytes.length !== chunk.sizeBytes) throw differs('have bytes', at, chunk.sizeBytes);
  if (decodedBytes !== chunk.decodedBytes) throw differs('decode to bytes', decodedBytes, chunk.decodedBytes);
  if (values !== chunk.values) throw differs('have values', values, chunk.values);
  if (rows > chunk.rows) throw differs('have rows', rows, chunk.rows);
}

function pageAt(bytes: Uint8Array, at: number): Page {
  const { value: header, end: bodyAt } = readStructAt(bytes, at);
  const end = bodyAt + count(header, PAGE.sizeBytes);
  const body = bytes.subarray(bodyAt, end);
  const checksum = header.get(PAGE.checksum);
  if (checksum !== undefined && crc32(body) !== Number(checksum) >>> 0) throw damage('its checksum is another');
  const decodedBytes = count(header, PAGE.decodedBytes);
  return { ...held(header, at, decodedBytes), decodedBytes: bodyAt - at + decodedBytes, end };
}

function held(header: ThriftStruct, at: number, decodedBytes: number): Pick<Page, 'rows' | 'values'> {
  switch (header.get(PAGE.type)) {
    case TYPE.data:
      return { rows: 0, values: count(struct(header, PAGE.data), COUNT.values) };
    case TYPE.dataV2: {
      const data = struct(header, PAGE.dataV2);
      return { rows: count(data, COUNT.rowsV2), values: count(data, COUNT.values) };
    }
    case TYPE.dictionary:
      if (at > 0) throw damage('a dictionary behind other pages');
      // No value of a dictionary has less than a byte.
      if (count(struct(header, PAGE.dictionary), COUNT.values) > decodedBytes)
        throw damage('its dictionary does not fit');
      return { rows: 0, values: 0 };
    case TYPE.index:
      return { rows: 0, values: 0 };
    default:
      throw damage('it is of no type that there is');
  }
}

function struct(owner: ThriftStruct, field: number): ThriftStruct {
  const value = owner.get(field);
  if (value instanceof Map) return value;
  throw new RangeError(`the page has no header ${field}`);
}

function count(header: ThriftStruct, field: number): number {
  const value = header.get(field);
  if (typeof value === 'number' && value >= 0) return value;
  throw new RangeError(`the page has no size ${field}`);
}
