import type { RecordBatch } from 'apache-arrow';
import { type ArrowLayout, type Block, blockBytes, blockEnd } from '#core/partition/layout.ts';
import type { Objects } from '#core/ports.ts';
import { ordered } from '../ordered.ts';
import type { BatchContext } from './decode-batch.ts';
import { decodeRecordBatch } from './decode-batch.ts';

/** Which record batches to read, and from where. */
export interface BatchSource {
  readonly objects: Pick<Objects, 'get'>;
  readonly layout: Pick<ArrowLayout, 'uri' | 'etag'>;
  readonly context: BatchContext;
  readonly blocks: readonly Block[];
}

export interface ReadOptions {
  /** Requests in flight. @default 3 */
  readonly prefetch?: number;
  /** Neighbouring record batches are read by one request up to this size. @default 8 MiB */
  readonly requestBytes?: number;
}

/** One record batch as it was read: the bytes of its message. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly block: Block;
}

/** Yields the record batches of `blocks` in order, decoded. Errors as `readFrames` and `decodeRecordBatch`. */
export async function* readBatches(
  source: BatchSource,
  options: ReadOptions = {},
): AsyncGenerator<RecordBatch, void, void> {
  for await (const { bytes, block } of readFrames(source, options))
    yield decodeRecordBatch(bytes, block, source.context);
}

/** Yields the record batches of `blocks` in order, reading ahead. LS_INPUT_CHANGED if the object was overwritten. */
export async function* readFrames(
  { objects, layout: { uri, etag }, blocks }: Omit<BatchSource, 'context'>,
  { prefetch = 3, requestBytes = 8 * 1024 * 1024 }: ReadOptions = {},
): AsyncGenerator<Frame, void, void> {
  const fetched = ordered(neighbours(blocks, requestBytes), prefetch, async (group) => {
    const start = group[0]?.offset ?? 0;
    const end = blockEnd(group.at(-1) ?? { offset: 0, metadataBytes: 0, bodyBytes: 0 });
    return { group, start, bytes: (await objects.get(uri, { start, end, etag })).bytes };
  });
  for await (const { group, start, bytes } of fetched) {
    for (const block of group) {
      const from = block.offset - start;
      yield { bytes: bytes.subarray(from, from + blockBytes(block)), block };
    }
  }
}

/** Groups blocks that lie directly behind each other, up to `limit` bytes a group unless one block alone is larger. */
export function neighbours(blocks: readonly Block[], limit: number): Block[][] {
  const groups: Block[][] = [];
  let size = 0;
  for (const block of blocks) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last && before && blockEnd(before) === block.offset && size + blockBytes(block) <= limit) {
      last.push(block);
      size += blockBytes(block);
    } else {
      groups.push([block]);
      size = blockBytes(block);
    }
  }
  return groups;
}
