import fc from 'fast-check';

/** What an LZ4 block is made of: literals, then a copy of what was written `distance` bytes before. */
export interface Sequence {
  readonly literals: readonly number[];
  readonly distance: number;
  /** Bytes to copy, at least 4; 0 in the last sequence, which has no match. */
  readonly match: number;
}

const literals = fc.array(fc.nat(255), { minLength: 1, maxLength: 300 });

/** Sequences whose matches lie within what was written before them. */
export const sequences: fc.Arbitrary<readonly Sequence[]> = fc
  .tuple(
    fc.array(
      fc.record({
        literals,
        back: fc.double({ min: 0, max: 1, noNaN: true }),
        match: fc.integer({ min: 4, max: 700 }),
      }),
      {
        maxLength: 6,
      },
    ),
    literals,
  )
  .map(([parts, last]) => {
    let written = 0;
    const all = parts.map((part): Sequence => {
      written += part.literals.length;
      const distance = 1 + Math.floor(part.back * (Math.min(written, 65_535) - 1));
      written += part.match;
      return { literals: part.literals, distance, match: part.match };
    });
    return [...all, { literals: last, distance: 0, match: 0 }];
  });

/** The slow twin of the decoder: one byte after the other. */
export function expand(parts: readonly Sequence[]): number[] {
  const out: number[] = [];
  for (const { literals: bytes, distance, match } of parts) {
    out.push(...bytes);
    for (let i = 0; i < match; i++) out.push(out[out.length - distance] as number);
  }
  return out;
}

export function encodeSequences(parts: readonly Sequence[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(({ literals: bytes, distance, match }) => {
      const isLast = match === 0;
      const copied = isLast ? 0 : match - 4;
      const token = (Math.min(15, bytes.length) << 4) | Math.min(15, copied);
      const tail = isLast ? [] : [distance & 255, distance >> 8, ...rest(copied)];
      return [token, ...rest(bytes.length), ...bytes, ...tail];
    }),
  );
}

/** The bytes that continue a length of 15 or more. */
function rest(length: number): number[] {
  if (length < 15) return [];
  return [...Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
}
