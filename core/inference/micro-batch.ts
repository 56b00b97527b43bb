/**
 * Finds how many rows the model should be given at once. The best number is where the activations still fit the cache,
 * anywhere from 256 to several thousand; too large a one costs half of the speed. The probe tries sizes on rows that
 * must be predicted anyway, so it wastes nothing.
 */
export interface MicroBatchProbe {
  /** Rows to hand to the model next. */
  size(): number;
  /** Reports what `rows` rows took. Only full micro-batches tell something; others are ignored. */
  observe(rows: number, ms: number): void;
}

const SMALLEST = 256;
const RUNS_A_VISIT = 3;
/** Each size is visited in several rounds: a burst of noise must not condemn the size that happens to meet it. */
const ROUNDS = 3;
/** After each round, sizes that are this much slower than the best are not visited again. */
const CLEARLY_SLOWER = 1.25;

/** A probe over 256, 512, … up to `limit` rows. */
export function microBatchProbe(limit: number): MicroBatchProbe {
  let candidates = sizes(limit).map((size) => ({ size, msPerRow: Number.POSITIVE_INFINITY }));
  let round = 0;
  let visiting = 0;
  let runs = 0;

  const endRound = (): void => {
    round++;
    visiting = 0;
    const sorted = candidates.toSorted((a, b) => a.msPerRow - b.msPerRow);
    const slowest = (sorted[0]?.msPerRow ?? 0) * CLEARLY_SLOWER;
    candidates = round === ROUNDS ? sorted.slice(0, 1) : candidates.filter(({ msPerRow }) => msPerRow <= slowest);
  };
  return {
    size: () => candidates[visiting]?.size ?? limit,
    observe(rows, ms) {
      const candidate = candidates[visiting];
      if (candidates.length === 1 || rows !== candidate?.size) return;
      // The fastest run stands for a size, because noise only ever slows one down.
      candidate.msPerRow = Math.min(candidate.msPerRow, ms / rows);
      if (++runs < RUNS_A_VISIT) return;
      runs = 0;
      if (++visiting === candidates.length) endRound();
    },
  };
}

function sizes(limit: number): number[] {
  const all: number[] = [];
  for (let size = SMALLEST; size <= limit; size *= 2) all.push(size);
  return all.length > 0 ? all : [limit];
}
