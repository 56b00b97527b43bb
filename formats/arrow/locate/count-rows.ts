import type { Block, TableLayout } from '#core/inference/layout.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import { corrupt, decoding } from '../check/corrupt.ts';
import { decodeBatch, decodeMessage, decodePrefix } from '../metadata/message.ts';

/** Enough for the header of a record batch of some hundred columns. */
const FIRST_READ_BYTES = 16 * 1024;
const PREFIX_BYTES = 8;
const READ_AT_ONCE = 8;

type ArrowObject = Pick<TableLayout, 'uri' | 'etag' | 'blocks'>;

/** Rows of each record batch, from its header: the footer of an Arrow file does not have them. LS_ARROW_CORRUPT. */
export async function countBatchRows(objects: ReadObjects, object: ArrowObject): Promise<readonly number[]> {
  const rows: number[] = [];
  const counted = ordered(object.blocks, READ_AT_ONCE, (block) => rowsOf(objects, object, block));
  for await (const count of counted) rows.push(count);
  return rows;
}

async function rowsOf(objects: ReadObjects, object: ArrowObject, { offset, sizeBytes }: Block): Promise<number> {
  const { uri, etag } = object;
  const read = async (size: number) =>
    (await objects.get(uri, { start: offset, end: offset + Math.min(size, sizeBytes), etag })).bytes;
  const first = await read(FIRST_READ_BYTES);
  if (first.length < PREFIX_BYTES) throw corrupt(object, `cut off within the block at byte ${offset}`);
  const { prefixBytes, metadataBytes } = decodePrefix(first);
  const end = prefixBytes + metadataBytes;
  if (end > sizeBytes) throw corrupt(object, `the message at byte ${offset} is longer than its block`);
  const header = end <= first.length ? first : await read(end);
  return decoding(object, `the record batch at byte ${offset}`, () => {
    const message = decodeMessage(header.subarray(prefixBytes, end), object);
    if (message.kind !== 'batch') throw corrupt(object, `a ${message.kind} where a record batch should be`);
    return decodeBatch(message).rows;
  });
}
