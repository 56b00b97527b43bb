import { type Block, blockEnd, type Extent } from '#core/inference/layout.ts';
import { corrupt, type Place } from '../check/corrupt.ts';
import { CONTINUATION, decodeMessage, decodePrefix } from '../metadata/message.ts';

/** Length of the magic at the start of a file, with what fills it up to eight bytes. */
export const HEAD_BYTES = 8;
/** Shorter gaps hold no message. */
const MIN_MESSAGE_BYTES = 64;
const ALIGNMENT = 8;

/**
 * What lies between the blocks that a footer lists: padding, the schema message that most writers begin with, the end
 * marker. Writers differ in all of it: how far they align, whether and how they write the schema. Held is that every
 * block lies between the magic and the footer and that no two overlap. LS_ARROW_CORRUPT.
 *
 * Gaps that could hold a record batch are returned, for `checkGap`.
 */
export function gapsBetween(blocks: readonly Block[], footerAt: number, place: Place): Extent[] {
  const gaps: Extent[] = [];
  let end = HEAD_BYTES;
  for (const block of blocks.toSorted((a, b) => a.offset - b.offset)) {
    const { offset, sizeBytes } = block;
    if (offset < end || sizeBytes < HEAD_BYTES || blockEnd(block) > footerAt) {
      throw corrupt(place, `the footer places a block at bytes ${offset} to ${blockEnd(block)}, where it cannot be`);
    }
    gaps.push({ offset: end, sizeBytes: offset - end });
    end = blockEnd(block);
  }
  gaps.push({ offset: end, sizeBytes: footerAt - end });
  return gaps.filter(({ sizeBytes }) => sizeBytes >= MIN_MESSAGE_BYTES);
}

/**
 * Refuses a gap that holds a record batch or a dictionary: a footer that lost an entry to a damaged byte would otherwise
 * read as a file with fewer rows. `bytes` is the gap, or the beginning of a long one.
 */
export function checkGap(bytes: Uint8Array, { offset, sizeBytes }: Extent, place: Place): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The gap begins where a block ended, which need not be aligned.
  for (
    let at = (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT;
    at + MIN_MESSAGE_BYTES <= bytes.length;
    at += ALIGNMENT
  ) {
    if (view.getUint32(at, true) !== CONTINUATION) continue;
    if (holdsBatch(bytes.subarray(at), sizeBytes - at, place)) {
      throw corrupt(place, `the footer does not list the record batch at byte ${offset + at}`);
    }
  }
}

/** Whether a message with rows begins here and fits into what is `left` of the gap. */
function holdsBatch(bytes: Uint8Array, left: number, place: Place): boolean {
  const { prefixBytes, metadataBytes } = decodePrefix(bytes);
  if (metadataBytes === 0 || prefixBytes + metadataBytes > Math.min(left, bytes.length)) return false;
  try {
    const { kind, bodyBytes } = decodeMessage(bytes.subarray(prefixBytes, prefixBytes + metadataBytes), place);
    return kind !== 'schema' && prefixBytes + metadataBytes + bodyBytes <= left;
  } catch {
    // Padding and schemas are no messages with rows, whatever they look like.
    return false;
  }
}
