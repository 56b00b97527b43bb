import type { Arrival, Arrivals } from '../records.ts';

/** A local task that waits in a barrier. */
export interface BarrierWait {
  readonly callId: string;
  readonly epoch: number;
  readonly arrival: Arrival;
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

export interface Local {
  readonly waits: readonly BarrierWait[];
  /** All ranks of this host. */
  readonly ranks: readonly number[];
  readonly arrivals: Arrivals | undefined;
}

/**
 * What this host should write now. All its ranks go in one write, which keeps a barrier at one write a host; only when
 * some of them are long in coming do those that are here go first, so that others can see who is missing.
 */
export function arrivalsToWrite(
  { waits, ranks, arrivals }: Local,
  nowMs: number,
  partialMs: number,
): readonly Arrival[] {
  const unwritten = waits.filter((wait) => !(arrivals?.ranks ?? []).includes(wait.arrival.rank));
  const isWhole = ranks.every((rank) => waits.some((wait) => wait.arrival.rank === rank));
  const isLate = unwritten.some((wait) => nowMs - wait.sinceMs >= partialMs);
  if (!isWhole && !isLate) return [];
  return unwritten.map((wait) => wait.arrival).sort((a, b) => a.rank - b.rank);
}
