import type { Host, Lease } from './records.ts';

/**
 * EC2 forgets an instance about an hour after its end, and may not know a new one for seconds. In between, not to be
 * known proves nothing, so an unknown instance counts as gone only if it is older than this.
 */
const UNKNOWN_IS_GONE_MS = 600_000;

/** The instances of a run that are not confirmed to be gone. `found` is what the provider knows of them. */
export function unconfirmed(
  hosts: readonly Host[],
  leases: readonly Lease[],
  { found, nowMs }: { readonly found: readonly Host[]; readonly nowMs: number },
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
