/**
 * Finds how many rows the model should be given at once. The best number is where the activations still fit the cache,
 * anywhere from 256 to several thousand; too large a one costs half of the speed. The probe tries one size after the
 * other on rows that must be predicted anyway, so it wastes nothing.
 */
export interface MicroBatchProbe {
  /** Rows to hand to the model next. */
  size(): number;
  /** Reports what `rows` rows took. Only full micro-batches tell something; others are ignored. */
  observe(rows: number, ms: number): void;
}

const SMALLEST = 256;
/** Runs of each size that count; the fastest of them stands for it, because noise only ever slows one down. */
const RUNS_A_SIZE = 4;
/** A size that is slower by this much ends the search: larger ones are slower still. */
const CLEARLY_SLOWER = 1.25;

/** A probe over 256, 512, … up to `limit` rows. */
export function microBatchProbe(limit: number): MicroBatchProbe {
  let size = Math.min(SMALLEST, limit);
  let best = { size, msPerRow: Number.POSITIVE_INFINITY };
  let fastest = Number.POSITIVE_INFINITY;
  let runs = 0;
  let isSettled = size === limit;

  const settle = (): void => {
    size = best.size;
    isSettled = true;
  };
  return {
    size: () => size,
    observe(rows, ms) {
      if (isSettled || rows !== size) return;
      fastest = Math.min(fastest, ms / rows);
      runs++;
      // The first run of a size pays for memory that later ones find warm.
      const isClear = runs > 1 && fastest > best.msPerRow * CLEARLY_SLOWER;
      if (runs < RUNS_A_SIZE && !isClear) return;
      if (fastest < best.msPerRow) best = { size, msPerRow: fastest };
      if (isClear || size * 2 > limit) return settle();
      size *= 2;
      fastest = Number.POSITIVE_INFINITY;
      runs = 0;
    },
  };
}
