import type { Host, Lease } from './records.ts';

/** What a run has, by the provider's own list and by our leases. */
export interface Holdings {
  /** Hosts that are leased and alive: the next attempt keeps them. */
  readonly kept: readonly Host[];
  /** Hosts without a lease: launched by a step that died before it could write one. */
  readonly orphans: readonly Host[];
  /** Leased instances that are gone. */
  readonly lost: readonly string[];
}

/** A list may not know a new instance yet; for so long after its lease began, absence proves nothing. */
const LIST_LAG_MS = 60_000;

/** Sorts what a run has. The provider's list counts more than our records, but for its lag. */
export function holdings(hosts: readonly Host[], leases: readonly Lease[], nowMs: number): Holdings {
  const alive = new Map(hosts.filter(isAlive).map((host) => [host.instanceId, host]));
  const listed = new Set(hosts.map(({ instanceId }) => instanceId));
  const live = leases.filter(({ releasedAt }) => releasedAt === undefined);
  const leased = new Set(live.map(({ instanceId }) => instanceId));
  const isNew = (lease: Lease) => !listed.has(lease.instanceId) && nowMs - lease.acquiredAt < LIST_LAG_MS;
  return {
    kept: live.flatMap((lease) => alive.get(lease.instanceId) ?? (isNew(lease) ? hostOf(lease) : [])),
    orphans: [...alive.values()].filter(({ instanceId }) => !leased.has(instanceId)),
    lost: live.filter((lease) => !alive.has(lease.instanceId) && !isNew(lease)).map(({ instanceId }) => instanceId),
  };
}

/** True for a host that may still do what it is for. */
export const isAlive = ({ state }: Host): boolean => state === 'pending' || state === 'running';

/** True for a host that ends by itself. One that is stopped does not: it waits to be started again, and its disk is paid for. */
export const isEnding = ({ state }: Host): boolean => state === 'shutting-down' || state === 'terminated';

const hostOf = (lease: Lease): Host => ({
  instanceId: lease.instanceId,
  instanceType: lease.instanceType,
  zone: lease.zone,
  market: lease.market,
  state: 'pending',
  runId: lease.runId,
  attempt: lease.attempt,
  launchedAt: lease.acquiredAt,
});
