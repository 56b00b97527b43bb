import type { Data } from 'apache-arrow';

/** Says of each row whether it has a value. */
export const isValidIn = ({ nullCount, nullBitmap }: Data): ((row: number) => boolean) =>
  nullCount === 0 || !nullBitmap?.length ? () => true : (row) => (((nullBitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
