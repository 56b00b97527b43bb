import { arrived } from '#core/gang/barrier/arrive.ts';
import type { BarrierAt, BarrierStore } from '#core/gang/ports.ts';
import type { Arrivals } from '#core/gang/records.ts';

/** Arrivals and payloads in memory. */
export function memoryBarrier(): BarrierStore {
  const items = new Map<string, Arrivals>();
  const payloads = new Map<string, string>();
  const itemKey = ({ runId, attempt, epoch }: BarrierAt) => `${runId}/${attempt}/${epoch}`;
  const payloadKey = (at: BarrierAt, rank: number) => `${itemKey(at)}/${rank}`;

  return {
    arrive: async (at, arrivals) => {
      // Payloads first: a rank in the set is a rank whose payload can be read.
      for (const { rank, payload } of arrivals) {
        if (payload !== undefined) payloads.set(payloadKey(at, rank), payload);
      }
      const item = arrived(items.get(itemKey(at)), arrivals);
      items.set(itemKey(at), item);
      return item;
    },
    arrivals: async (at) => items.get(itemKey(at)),
    payloads: async (at, worldSize) =>
      Array.from({ length: worldSize }, (_, rank) => payloads.get(payloadKey(at, rank))),
  };
}
