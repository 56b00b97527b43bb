import { corrupt, type FilePlace } from '../corrupt.ts';
import type { ColumnChunk } from './footer.ts';
import { readStructAt, type ThriftStruct } from './thrift.ts';

const PAGE = { decodedBytes: 2, sizeBytes: 3 } as const;

/**
 * Walks the pages of a column chunk before anything decodes them: they fill the chunk, and decode to what the footer says.
 * Memory is reserved by the sizes in the headers of pages, so they must not lie. LS_PARQUET_CORRUPT.
 */
export function checkPages(bytes: Uint8Array, chunk: ColumnChunk, place: FilePlace): void {
  const name = chunk.path.join('.');
  let at = 0;
  let decodedBytes = 0;
  try {
    while (at < bytes.length) {
      const { value: header, end } = readStructAt(bytes, at);
      decodedBytes += end - at + size(header, PAGE.decodedBytes);
      at = end + size(header, PAGE.sizeBytes);
    }
  } catch (error) {
    throw corrupt(place, `the page of \`${name}\` at byte ${chunk.offset + at} is damaged`, error);
  }
  if (at !== chunk.sizeBytes || bytes.length !== chunk.sizeBytes) {
    throw corrupt(place, `the pages of \`${name}\` have ${at} bytes, the footer says ${chunk.sizeBytes}`);
  }
  if (decodedBytes !== chunk.decodedBytes) {
    throw corrupt(
      place,
      `the pages of \`${name}\` decode to ${decodedBytes} bytes, the footer says ${chunk.decodedBytes}`,
    );
  }
}

function size(header: ThriftStruct, field: number): number {
  const value = header.get(field);
  if (typeof value === 'number' && value >= 0) return value;
  throw new RangeError(`the page has no size ${field}`);
}
