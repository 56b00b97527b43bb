import type { Instance } from './instance.ts';

/** One line of the bill: an instance is paid for from its launch until it is terminated. */
export interface BillLine {
  readonly instanceId: string;
  readonly type: string;
  readonly zone: string;
  readonly market: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly from: number;
  /** Null while it is still being paid for. */
  readonly to: number | null;
  /** Up to now if it is still being paid for. */
  readonly seconds: number;
}

/** The bill over every instance that was ever launched, oldest first. */
export function bill(instances: Iterable<Instance>, nowMs: number): readonly BillLine[] {
  return [...instances].map((instance) => ({
    instanceId: instance.id,
    type: instance.type,
    zone: instance.zone,
    market: instance.market,
    tags: Object.fromEntries(instance.currentTags),
    from: instance.launchedAt,
    to: instance.endedAt ?? null,
    seconds: ((instance.endedAt ?? nowMs) - instance.launchedAt) / 1000,
  }));
}
