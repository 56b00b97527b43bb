import { isEnding } from '../fleet/holdings.ts';
import type { Host, Lease } from '../fleet/records.ts';
import type { Control } from './records.ts';

/** A launch has its leases within seconds; what has none after so long never will. */
const GRACE_MS = 300_000;

/** What our records say of the run that a host is tagged with. */
export interface Claim {
  readonly control: Control | undefined;
  /** True for a run that has no gang, but hosts that predict and are not released yet. */
  readonly hasCrew: boolean;
  readonly leases: readonly Lease[];
}

/**
 * The hosts that nobody answers for: of no run, of a run that is lost or forgotten, or without a lease. A run that has
 * succeeded is left to its own release while its execution lives, because its agents may still be handing in their logs.
 */
export function unclaimed(hosts: readonly Host[], claims: ReadonlyMap<string, Claim>, nowMs: number): readonly Host[] {
  return hosts.filter((host) => !isEnding(host) && nowMs - host.launchedAt > GRACE_MS && !isClaimed(host, claims));
}

function isClaimed({ runId, instanceId }: Host, claims: ReadonlyMap<string, Claim>): boolean {
  const claim = runId === undefined ? undefined : claims.get(runId);
  if (claim === undefined) return false;
  const phase = claim.control?.phase ?? (claim.hasCrew ? 'RUNNING' : 'FAILED');
  if (phase === 'FAILED' || phase === 'CANCELLED') return false;
  return claim.leases.some((lease) => lease.instanceId === instanceId && lease.releasedAt === undefined);
}
