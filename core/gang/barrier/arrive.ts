import type { Arrival, Arrivals } from '../records.ts';

/**
 * The arrival item after ranks have come. A set, so that arriving twice is arriving once; of one kind, so that a barrier
 * and an allGather never meet: then nothing is added and the item that is there is the answer.
 */
export function arrived(before: Arrivals | undefined, arrivals: readonly Arrival[]): Arrivals {
  const first = arrivals[0];
  const kind = before?.kind ?? first?.kind ?? 'barrier';
  const base = before ?? { kind, callSite: first?.callSite ?? '', ranks: [] };
  if (arrivals.some((arrival) => arrival.kind !== kind)) return base;
  const ranks = new Set([...base.ranks, ...arrivals.map((arrival) => arrival.rank)]);
  return { ...base, ranks: [...ranks].sort((a, b) => a - b) };
}

/** Ranks of the world that are not in the set. */
export function missing(worldSize: number, here: readonly number[]): readonly number[] {
  return Array.from({ length: worldSize }, (_, rank) => rank).filter((rank) => !here.includes(rank));
}
