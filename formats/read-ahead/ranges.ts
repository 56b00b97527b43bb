import { blockEnd, type Extent } from '#core/inference/layout.ts';
import type { ReadObjects, ReadOptions } from '#core/inference/table-format.ts';
import { ordered } from './ordered.ts';

/** Requests in flight hold no more than this, unless one range alone does. */
const PREFETCH_BYTES = 32 * 1024 * 1024;

/** One range as it was read. */
export interface ReadRange<Range extends Extent> {
  readonly range: Range;
  readonly bytes: Uint8Array;
  /** Says, once, that nobody reads the bytes any more. */
  readonly release: () => void;
}

/** Yields ranges of an object in order, reading ahead. LS_INPUT_CHANGED if the object was overwritten. */
export async function* readRanges<Range extends Extent>(
  objects: ReadObjects,
  { uri, etag, ranges }: { readonly uri: string; readonly etag: string; readonly ranges: readonly Range[] },
  { prefetch = 3, requestBytes = 8 * 1024 * 1024, memory }: ReadOptions = {},
): AsyncGenerator<ReadRange<Range>, void, void> {
  const groups = neighbours(ranges, requestBytes);
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
    for (const range of group) {
      const from = range.offset - start;
      yield { range, bytes: bytes.subarray(from, from + range.sizeBytes), release };
    }
  }
}

/** The ranges of a group lie directly behind each other. */
const groupBytes = (group: readonly Extent[]): number => group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Groups ranges that lie directly behind each other, up to `limit` bytes a group unless one range alone is larger. */
export function neighbours<Range extends Extent>(ranges: readonly Range[], limit: number): Range[][] {
  const groups: Range[][] = [];
  let size = 0;
  for (const range of ranges) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last && before && blockEnd(before) === range.offset && size + range.sizeBytes <= limit) {
      last.push(range);
      size += range.sizeBytes;
    } else {
      groups.push([range]);
      size = range.sizeBytes;
    }
  }
  return groups;
}
