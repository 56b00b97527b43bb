import type { Host, Lease } from './records.ts';

/**
 * EC2 forgets an instance about an hour after its end, and may not know a new one for seconds. In between, not to be
 * known proves nothing, so an unknown instance counts as gone only if it is older than this.
 */
const UNKNOWN_IS_GONE_MS = 600_000;

interface Look {
  /** What the provider knows of them. */
  readonly found: readonly Host[];
  readonly nowMs: number;
}

/**
 * Those of these instances that are confirmed to be gone: terminated, or forgotten so long after their lease began that the
 * provider cannot be late. One that never had a lease is not judged by what is not known of it.
 */
export function confirmedGone(
  instanceIds: readonly string[],
  leases: readonly Lease[],
  { found, nowMs }: Look,
): readonly string[] {
  const states = new Map(found.map(({ instanceId, state }) => [instanceId, state]));
  const bornMs = new Map(leases.map(({ instanceId, acquiredAt }) => [instanceId, acquiredAt]));
  return instanceIds.filter((instanceId) => {
    const state = states.get(instanceId);
    if (state !== undefined) return state === 'terminated';
    return nowMs - (bornMs.get(instanceId) ?? nowMs) > UNKNOWN_IS_GONE_MS;
  });
}

/** The instances of a run that are not confirmed to be gone. `found` is what the provider knows of them. */
export function unconfirmed(
  hosts: readonly Host[],
  leases: readonly Lease[],
  { found, nowMs }: Look,
): readonly string[] {
  const states = new Map(found.map(({ instanceId, state }) => [instanceId, state]));
  const bornMs = new Map([
    ...hosts.map(({ instanceId, launchedAt }) => [instanceId, launchedAt] as const),
    ...leases.map(({ instanceId, acquiredAt }) => [instanceId, acquiredAt] as const),
  ]);
  const isGone = ([instanceId, atMs]: readonly [string, number]) =>
    states.has(instanceId) ? states.get(instanceId) === 'terminated' : nowMs - atMs > UNKNOWN_IS_GONE_MS;
  return [...bornMs].filter((one) => !isGone(one)).map(([instanceId]) => instanceId);
}
