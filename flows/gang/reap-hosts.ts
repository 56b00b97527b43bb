import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import type { ControlStore } from '#core/gang/ports.ts';
import { type Claim, unclaimed } from '#core/gang/reap.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';

/** What the reaper needs of the world. */
export interface ReapPorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly crews: CrewStore;
  readonly fleet: Fleet;
  readonly leases: LeaseStore;
  readonly log: Log;
}

/**
 * Terminates those of the hosts that nobody answers for, and names them. `hosts` is what the provider has listed of this
 * deployment, before this call: a host that is launched in between is not in it, and so is never judged by records that are
 * older than itself.
 */
export async function reapHosts(ports: ReapPorts, hosts: readonly Host[]): Promise<readonly string[]> {
  const { clock, fleet, leases, log } = ports;
  const claims = new Map<string, Claim>();
  for (const runId of new Set(hosts.map((host) => host.runId))) {
    if (runId === undefined) continue;
    claims.set(runId, await claimOf(ports, runId));
  }
  const reaped = unclaimed(hosts, claims, clock.wallMs());
  if (reaped.length === 0) return [];
  const instanceIds = reaped.map(({ instanceId }) => instanceId);
  log.warn('hosts that nobody answers for', { instanceIds });
  await fleet.terminate(instanceIds);
  for (const [runId, own] of Map.groupBy(reaped, ({ runId }: Host) => runId)) {
    const ids = own.map(({ instanceId }) => instanceId);
    if (runId !== undefined) await leases.release(runId, ids, { atMs: clock.wallMs() });
  }
  return instanceIds;
}

async function claimOf({ control: gangs, crews, leases: store }: ReapPorts, runId: string): Promise<Claim> {
  const [control, leases] = [await gangs.read(runId), await store.leases(runId)];
  if (control !== undefined) return { control, hasCrew: false, leases };
  const crew = await crews.read(runId);
  const hasCrew = crew !== undefined && crew.phase !== 'ENDED';
  return { control, hasCrew, leases: leases.filter(({ attempt }) => attempt === crew?.attempt) };
}
