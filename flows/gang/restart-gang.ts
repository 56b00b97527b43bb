import type { LeaseStore } from '#core/fleet/ports.ts';
import type { Restart } from '#core/gang/controller/restart.ts';
import type { ControlStore, WriteResult } from '#core/gang/ports.ts';
import type { Clock } from '#core/system/ports.ts';

/** What a restart needs of the world. */
export interface RestartPorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly leases: LeaseStore;
}

/**
 * Begins the next attempt of a healthy gang: leases first, which decide with whoever is about to end one of the hosts, then
 * the transition with the roster and the end of the attempt before. Nothing is done where a lease is over. Safe to repeat.
 */
export async function restartGang(
  { clock, control, leases }: RestartPorts,
  { write, roster, end }: Restart,
  signal?: AbortSignal,
): Promise<WriteResult> {
  const hosts = roster.hosts.map(({ instanceId }) => instanceId);
  const isHeld = await leases.extend(write.runId, hosts, roster.attempt, signal);
  if (!isHeld) return { won: false, control: await control.read(write.runId, signal) };
  return await control.commit(write, { roster, end: { ...end, endedAt: clock.wallMs() } }, signal);
}
