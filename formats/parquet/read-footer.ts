import type { Block, Extent } from '#core/inference/layout.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { corrupt, unsupported } from './corrupt.ts';
import { decodeFooter, rowGroupExtent } from './footer/footer.ts';
import type { SlimFooters } from './footer/slim-footer.ts';

const HEAD_BYTES = 4;
/** Length of the footer and magic, at the end. */
const TAIL_BYTES = 8;
/** Most footers fit into what is read first, together with the tail. */
const FIRST_READ_BYTES = 64 * 1024;
/** Step Functions reads footers of at most 5 MB; a footer of a thousand columns and row groups has fifty times that. */
const MAX_FOOTER_BYTES = 256 * 1024 * 1024;

/** What the end of a Parquet file says of its rows. */
export interface FoundFooter {
  readonly at: Extent;
  readonly footers: SlimFooters;
  /** One for each row group that has rows. */
  readonly blocks: readonly (Block & { readonly rows: number })[];
}

/** Reads the footer of a Parquet file; most take one request. LS_PARQUET_CORRUPT, LS_PARQUET_UNSUPPORTED. */
export async function readFooter(objects: ReadObjects, head: ObjectHead): Promise<FoundFooter> {
  const { uri, etag, sizeBytes } = head;
  const read = async (offset: number) => (await objects.get(uri, { start: offset, end: sizeBytes, etag })).bytes;
  if (sizeBytes < HEAD_BYTES + TAIL_BYTES) throw corrupt(head, `cut off: ${sizeBytes} bytes and no footer`);
  const from = Math.max(0, sizeBytes - FIRST_READ_BYTES);
  const end = await read(from);
  const at = footerExtent(end, head);
  const bytes = at.offset >= from ? end.subarray(at.offset - from) : await read(at.offset);
  const { rowGroups, footers } = decodeFooter(bytes.subarray(0, at.sizeBytes), at.offset, head);
  const blocks = rowGroups
    .filter(({ rows }) => rows > 0)
    .map((group) => ({
      ...rowGroupExtent(group),
      rows: group.rows,
      decodedBytes: group.chunks.reduce((sum, { decodedBytes }) => sum + decodedBytes, 0),
    }));
  return { at, footers, blocks };
}

/** Where the footer is, from the last bytes of the file. */
function footerExtent(end: Uint8Array, head: ObjectHead): Extent {
  const tail = end.subarray(end.length - TAIL_BYTES);
  const magic = new TextDecoder('latin1').decode(tail.subarray(4));
  if (magic === 'PARE') throw unsupported(head, 'its footer is encrypted');
  if (magic !== 'PAR1') throw corrupt(head, 'cut off: the file starts with PAR1 but does not end with it');
  const sizeBytes = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  const offset = head.sizeBytes - TAIL_BYTES - sizeBytes;
  if (sizeBytes === 0 || offset < HEAD_BYTES || sizeBytes > MAX_FOOTER_BYTES) {
    throw corrupt(head, `a footer of ${sizeBytes} bytes does not fit into ${head.sizeBytes} bytes`);
  }
  return { offset, sizeBytes };
}
