import { type Block, blockEnd } from '#core/inference/layout.ts';
import { corrupt, type Place } from '../check/corrupt.ts';
import { decodeMessage, decodePrefix } from '../metadata/message.ts';

/** Length of the magic with its padding at the start of a file. */
export const HEAD_BYTES = 8;
/** Writers align blocks to at most 64 bytes; behind the last one there may be an end-of-stream marker too. */
const MAX_PADDING_BYTES = 63;
const END_MARKER_BYTES = 8;

/**
 * Holds the blocks that a footer lists against the file: each lies between the magic and the footer, on the alignment
 * of the format; no two overlap, and together they leave no room for a batch that the footer does not list. A footer
 * that lost an entry to a damaged byte would otherwise read as a file with fewer rows.
 *
 * `start` is the beginning of the file, `footerAt` where the footer begins.
 */
export function checkCoverage(blocks: readonly Block[], start: Uint8Array, footerAt: number, place: Place): void {
  const sorted = blocks.toSorted((a, b) => a.offset - b.offset);
  let end = sorted[0]?.offset === HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + leadingSchemaBytes(start, place);
  for (const block of sorted) {
    const { offset, sizeBytes } = block;
    const fits = offset >= end && sizeBytes >= HEAD_BYTES && blockEnd(block) <= footerAt;
    if (!fits || offset % 8 !== 0) {
      throw corrupt(place, `the footer places a block at bytes ${offset} to ${blockEnd(block)}, where it cannot be`);
    }
    if (offset - end > MAX_PADDING_BYTES) throw unlisted(place, end, offset);
    end = blockEnd(block);
  }
  if (footerAt - end > MAX_PADDING_BYTES + END_MARKER_BYTES) throw unlisted(place, end, footerAt);
}

/** Most writers begin with the schema message, which has no body; some leave it to the footer. */
function leadingSchemaBytes(start: Uint8Array, place: Place): number {
  const { prefixBytes, metadataBytes } = decodePrefix(start.subarray(HEAD_BYTES));
  if (metadataBytes === 0) return prefixBytes;
  const from = HEAD_BYTES + prefixBytes;
  const message = decodeMessage(start.subarray(from, from + metadataBytes), place);
  if (message.kind !== 'schema') throw unlisted(place, HEAD_BYTES, from + metadataBytes);
  return prefixBytes + metadataBytes;
}

const unlisted = (place: Place, from: number, to: number) =>
  corrupt(place, `the footer does not say what bytes ${from} to ${to} are`);
