import type { Ids } from '#core/system/ports.ts';

const DIGITS = 9;

/** Ids that count from 0, with zeros in front so that they sort in the order of their birth. */
export function memoryIds(): Ids {
  let count = 0;
  return { next: () => `id${String(count++).padStart(DIGITS, '0')}` };
}
