import { isEnding } from '#core/fleet/holdings.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import type { Clock } from '#core/system/ports.ts';

/** What the provider says of hosts, asked for no more often than it can have changed. */
export interface HostsSeen {
  find(instanceIds: readonly string[]): Promise<readonly Host[]>;
  /** Those that have not been told to end: neither by whoever asks here, nor, by what was seen last, by anybody. */
  notTold(instanceIds: readonly string[]): readonly string[];
}

const ASK_AGAIN_MS = { first: 250, longest: 10_000 };

/**
 * A host takes seconds to minutes to end, and a provider allows an account so many requests: the longer a gang has been
 * stopping (since `sinceS`, epoch seconds), the rarer it is asked, every tenth of that time. Hosts that are new to the
 * question are asked for at once.
 */
export function hostsSeen(
  { fleet, clock }: { readonly fleet: Fleet; readonly clock: Clock },
  sinceS: number,
): HostsSeen {
  let last: { readonly atMs: number; readonly asked: ReadonlySet<string>; readonly found: readonly Host[] } | undefined;
  const told = new Set<string>();
  const pauseMs = () => {
    const tenthMs = (clock.wallMs() - sinceS * 1000) / 10;
    return Math.min(ASK_AGAIN_MS.longest, Math.max(ASK_AGAIN_MS.first, tenthMs));
  };
  return {
    async find(instanceIds) {
      const nowMs = clock.monotonicMs();
      const isFresh = last !== undefined && nowMs - last.atMs < pauseMs();
      if (last === undefined || !isFresh || instanceIds.some((id) => !last?.asked.has(id))) {
        last = { atMs: nowMs, asked: new Set(instanceIds), found: await fleet.find(instanceIds) };
      }
      return last.found.filter(({ instanceId }) => instanceIds.includes(instanceId));
    },
    notTold(instanceIds) {
      const ending = new Set(last?.found.filter(isEnding).map(({ instanceId }) => instanceId));
      const left = instanceIds.filter((id) => !told.has(id) && !ending.has(id));
      for (const id of left) told.add(id);
      return left;
    },
  };
}
