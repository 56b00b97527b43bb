import { planCandidates, poolOf } from '#core/fleet/candidates.ts';
import { holdings } from '#core/fleet/holdings.ts';
import type { CooldownStore, Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { Host, Lease } from '#core/fleet/records.ts';
import type { GangQueue } from '#core/gang/ports.ts';
import type { Crew } from '#core/inference/crew.ts';
import type { ClaimStore, CrewStore } from '#core/inference/ports.ts';
import { asGang, type CrewSearch, type CrewView, isAnyWaiting } from '#core/inference/tend.ts';
import type { HostsRequest } from '#core/job/job.ts';
import type { Clock, Log } from '#core/system/ports.ts';

/** What it takes to see, and to have, the hosts of a crew. */
export interface CrewPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly crews: CrewStore;
  readonly claims: ClaimStore;
  readonly cooldowns: CooldownStore;
  readonly fleet: Fleet;
  readonly leases: LeaseStore;
  readonly queue: GangQueue;
  /** Zones that have a subnet. */
  readonly zones: readonly string[];
}

export interface Observed {
  readonly crew: Crew;
  readonly request: HostsRequest;
  readonly search: CrewSearch;
}

/** What there is of a crew and its hosts. What it finds to be gone, or nobody's, is put right on the way. */
export async function observeCrew(ports: CrewPorts, { crew, request, search }: Observed): Promise<CrewView> {
  const { runId, attempt } = crew;
  const nowMs = ports.clock.wallMs();
  const { candidates, refused } = planCandidates(asGang(request), ports.zones);
  // The provider's list comes before our own records: a host that is launched in between is judged by none of them.
  const listed = await ports.fleet.list({ runId });
  const [leases, cooldowns, board, waiting] = await Promise.all([
    ports.leases.leases(runId),
    ports.cooldowns.read(candidates.map(poolOf)),
    ports.claims.board({ runId, attempt }),
    ports.queue.list(),
  ]);
  await dropOthers(ports, crew, { listed, leases });
  const own = leases.filter((lease) => lease.attempt === attempt);
  const have = holdings(
    listed.filter((host) => host.attempt === attempt),
    own,
    nowMs,
  );
  const before = own.filter(({ releasedAt }) => releasedAt !== undefined).map(({ instanceId }) => instanceId);
  // A step that launched them died before it could write their leases; a lease that was ended never lives again.
  const adopted = await lend(
    ports,
    crew,
    have.orphans.filter(({ instanceId }) => !before.includes(instanceId)),
  );
  const ended = have.orphans.map(({ instanceId }) => instanceId).filter((id) => before.includes(id));
  if (ended.length > 0) await ports.fleet.terminate(ended);
  if (have.lost.length > 0) ports.log.warn('hosts are gone', { runId, instanceIds: have.lost });
  await ports.leases.release(runId, have.lost, { atMs: nowMs, attempt });
  return {
    ...{ crew, request, search, candidates, refused, cooldowns, board, nowMs },
    kept: [...have.kept, ...adopted],
    lost: [...before, ...have.lost],
    isGangWaiting: isAnyWaiting(waiting, request, nowMs / 1000),
  };
}

/** Hosts of earlier attempts belong to nobody: their crew is over. */
async function dropOthers(
  { fleet, leases: store, clock, log }: CrewPorts,
  { runId, attempt }: Crew,
  { listed, leases }: { readonly listed: readonly Host[]; readonly leases: readonly Lease[] },
): Promise<void> {
  const old = leases.filter((lease) => lease.attempt < attempt && lease.releasedAt === undefined);
  const hosts = listed.filter((host) => (host.attempt ?? -1) < attempt);
  const instanceIds = [...new Set([...old, ...hosts].map(({ instanceId }) => instanceId))];
  if (instanceIds.length === 0) return;
  log.warn('hosts of an earlier attempt', { runId, instanceIds });
  await store.release(runId, instanceIds, { atMs: clock.wallMs(), attempt: attempt - 1 });
  await fleet.terminate(instanceIds);
}

/** Gives hosts the right to work; those whose lease was ended meanwhile stay without. */
export async function lend(
  { leases, clock }: Pick<CrewPorts, 'leases' | 'clock'>,
  { runId, attempt }: Crew,
  hosts: readonly Host[],
): Promise<readonly Host[]> {
  if (hosts.length === 0) return [];
  const acquiredAt = clock.wallMs();
  await leases.grant(
    hosts.map(({ instanceId, instanceType, zone, market }) => ({
      ...{ runId, attempt, instanceId, instanceType, zone, market, acquiredAt },
    })),
  );
  return hosts;
}
