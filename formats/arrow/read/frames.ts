import type { RecordBatch } from 'apache-arrow';
import { type ArrowLayout, type Block, blockBytes, blockEnd } from '#core/inference/layout.ts';
import type { Objects } from '#core/objects/ports.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { ReadMemory } from '#formats/read-ahead/read-memory.ts';
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
  /** Requests in flight at most; fewer where they are large, see `PREFETCH_BYTES`. @default 3 */
  readonly prefetch?: number;
  /** Neighbouring record batches are read by one request up to this size. @default 8 MiB */
  readonly requestBytes?: number;
  /** Memory to read into. @default new memory for each request */
  readonly memory?: ReadMemory;
}

/** Requests in flight hold no more than this, unless one record batch alone does. */
const PREFETCH_BYTES = 32 * 1024 * 1024;

/** One record batch as it was read: the bytes of its message. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly block: Block;
  /** Says, once, that nobody reads the bytes any more. */
  readonly release: () => void;
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
  { prefetch = 3, requestBytes = 8 * 1024 * 1024, memory }: ReadOptions = {},
): AsyncGenerator<Frame, void, void> {
  const groups = neighbours(blocks, requestBytes);
  const largest = Math.max(1, ...groups.map(groupBytes));
  const depth = Math.max(1, Math.min(prefetch, Math.floor(PREFETCH_BYTES / largest)));
  const fetched = ordered(groups, depth, async (group) => {
    const start = group[0]?.offset ?? 0;
    const into = memory?.take(Math.max(groupBytes(group), requestBytes));
    const { bytes } = await objects.get(uri, { start, end: start + groupBytes(group), etag, ...(into && { into }) });
    return { group, start, bytes, into };
  });
  for await (const { group, start, bytes, into } of fetched) {
    let unread = group.length;
    const release = () => {
      unread--;
      if (unread === 0 && into) memory?.give(into);
    };
    for (const block of group) {
      const from = block.offset - start;
      yield { bytes: bytes.subarray(from, from + blockBytes(block)), block, release };
    }
  }
}

/** The blocks of a group lie directly behind each other. */
const groupBytes = (group: readonly Block[]): number => group.reduce((sum, block) => sum + blockBytes(block), 0);

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
