/** Seeded damage to files, in the ways in which files go wrong and in which somebody would make them go wrong. */

export type Random = (limit: number) => number;

/** Integers below `limit`, the same for the same seed. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** What a length or an offset is replaced with. */
const LIES = [0, 1, -1, 8, 63, 255, 65_536, 0x7fffffff, -0x80000000, 0x40000000] as const;

const WAYS: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  // one bit
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  // one byte
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  // four bytes on their alignment, where counts and offsets lie
  (bytes, random) => {
    const at = 4 * random(bytes.length >> 2);
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(at, LIES[random(LIES.length)] ?? 0, true);
    return bytes;
  },
  // a stretch that was never written
  (bytes, random) => {
    const at = random(bytes.length);
    return bytes.fill(0, at, at + 1 + random(64));
  },
  // a stretch that is written twice
  (bytes, random) => {
    const [from, to, size] = [random(bytes.length), random(bytes.length), 1 + random(64)];
    return bytes.copyWithin(to, from, from + size);
  },
  // the end is missing
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  // a piece in the middle is missing
  (bytes, random) => {
    const at = random(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(16))]);
  },
];

/** A copy of a file with one to three damages. */
export function damaged(file: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let left = 1 + (random(3) === 0 ? random(3) : 0); left > 0 && bytes.length > 8; left--) {
    bytes = (WAYS[random(WAYS.length)] ?? WAYS[0])?.(bytes, random) as Uint8Array<ArrayBuffer>;
  }
  return bytes;
}

/** A copy of a Parquet file with one to three bits flipped before its footer. */
export function flippedPages(file: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(file);
  const footerBytes = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  for (let left = 1 + random(3); left > 0; left--) {
    const at = 4 + random(bytes.length - 12 - footerBytes);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  return bytes;
}
