/** Where a block is decoded to. */
export interface BlockTarget {
  readonly bytes: Uint8Array;
  /** First byte to write. */
  readonly at: number;
  /** First byte that a match may reach back to. */
  readonly windowStart: number;
}

/** A match is at least this long, so its length is stored without it. */
const MATCH_MIN = 4;
/** A length of four bits that says: more follows. */
const LONG = 15;
/** Below this a loop beats the call of `copyWithin`. */
const SHORT_COPY = 32;

/**
 * Decodes one LZ4 block and returns the position behind what it wrote. Throws RangeError where the block ends too soon,
 * reaches back too far or holds more than there is room for; nothing outside of the target is read or written.
 */
export function decodeBlock(source: Uint8Array, { bytes, at, windowStart }: BlockTarget): number {
  let from = 0;
  let to = at;
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let more = nibble === LONG ? 255 : 0; more === 255; sum += more) {
      if (from >= source.length) throw new RangeError('an LZ4 block ends within a length');
      more = source[from++] as number;
    }
    return sum;
  };
  while (from < source.length) {
    const token = source[from++] as number;
    const literals = length(token >> 4);
    if (literals > source.length - from) throw new RangeError('an LZ4 block ends within its literals');
    copyLiterals(source, from, { bytes, at: to, count: literals });
    from += literals;
    to += literals;
    // The last sequence has no match.
    if (from === source.length) return to;
    if (source.length - from < 2) throw new RangeError('an LZ4 block ends within an offset');
    const distance = (source[from] as number) | ((source[from + 1] as number) << 8);
    from += 2;
    const count = MATCH_MIN + length(token & LONG);
    if (distance === 0 || distance > to - windowStart) throw new RangeError('an LZ4 match reaches back too far');
    copyMatch(bytes, to, { distance, count });
    to += count;
  }
  throw new RangeError('an LZ4 block has no last literals');
}

function copyLiterals(
  source: Uint8Array,
  from: number,
  { bytes, at, count }: { bytes: Uint8Array; at: number; count: number },
): void {
  if (count > bytes.length - at) throw new RangeError('an LZ4 block holds more than it declares');
  if (count > SHORT_COPY) bytes.set(source.subarray(from, from + count), at);
  else for (let i = 0; i < count; i++) bytes[at + i] = source[from + i] as number;
}

/** A match may overlap what it writes: then it repeats its first `distance` bytes. */
function copyMatch(bytes: Uint8Array, at: number, { distance, count }: { distance: number; count: number }): void {
  if (count > bytes.length - at) throw new RangeError('an LZ4 block holds more than it declares');
  const start = at - distance;
  if (count <= SHORT_COPY) {
    for (let i = 0; i < count; i++) bytes[at + i] = bytes[start + i] as number;
    return;
  }
  // Each pass doubles what is there to copy from.
  for (let done = 0; done < count; ) {
    const size = Math.min(distance + done, count - done);
    bytes.copyWithin(at + done, start, start + size);
    done += size;
  }
}
