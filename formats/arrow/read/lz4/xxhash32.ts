/** xxHash, 32 bits, seed 0: what LZ4 frames carry as checksums. */
const PRIME = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const STRIPE_BYTES = 16;

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number): number =>
  Math.imul(rotated((lane + Math.imul(word, PRIME[1])) | 0, 13), PRIME[0]);

/** The hash as an unsigned number. */
export function xxhash32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: number = PRIME[4];
  if (bytes.length >= STRIPE_BYTES) {
    let [a, b, c, d] = [(PRIME[0] + PRIME[1]) | 0, PRIME[1] | 0, 0, -PRIME[0] | 0];
    for (; at + STRIPE_BYTES <= bytes.length; at += STRIPE_BYTES) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    hash = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
  }
  hash = (hash + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = Math.imul(rotated((hash + Math.imul(view.getInt32(at, true), PRIME[2])) | 0, 17), PRIME[3]);
  }
  for (; at < bytes.length; at++) {
    hash = Math.imul(rotated((hash + Math.imul(view.getUint8(at), PRIME[4])) | 0, 11), PRIME[0]);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME[1]);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME[2]);
  return (hash ^ (hash >>> 16)) >>> 0;
}
