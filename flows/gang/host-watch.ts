import { type HostEvent, noticeOf } from '#core/fleet/host-event.ts';
import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import { onHostNotice } from '#core/gang/host-notice.ts';
import { hasEnded, isLive } from '#core/gang/phases.ts';
import type { Callback, ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import type { Log } from '#core/system/ports.ts';

/** What the watch over hosts needs of the world. */
export interface HostWatchPorts {
  readonly callback: Callback;
  readonly control: ControlStore;
  readonly fleet: Pick<Fleet, 'find'>;
  readonly leases: Pick<LeaseStore, 'leaseOf'>;
  readonly log: Log;
}

/**
 * Tells a gang what the provider says of one of its hosts. Says nothing of hosts that are no gang's, or not of the
 * gang's current attempt any more: those were given up on purpose. The same event twice changes nothing twice.
 */
export async function watchHost(ports: HostWatchPorts, event: HostEvent): Promise<void> {
  const notice = noticeOf(event);
  if (notice === undefined) return;
  const [host] = await ports.fleet.find([notice.instanceId]);
  if (host?.runId === undefined) return;
  const [control, lease] = await Promise.all([
    ports.control.read(host.runId),
    ports.leases.leaseOf(host.runId, notice.instanceId),
  ]);
  if (control === undefined || lease === undefined || lease.attempt !== control.attempt) return;
  if (!(await hasPart(ports.control, control, notice.instanceId))) return;
  const write = onHostNotice(control, notice, `host-events/${control.attempt}/${notice.instanceId}/${notice.kind}`);
  if (write === undefined) return;
  const { won, control: now } = await ports.control.write(write);
  ports.log.info('host event', { runId: host.runId, ...notice, won });
  // The host that is gone may be the one that would have told the workflow.
  if (now === undefined || !hasEnded(now.phase)) return;
  await ports.callback.succeed(host.runId, { phase: now.phase, attempt: now.attempt });
}

/** False for a host that was too many: once the roster is sealed, the others do without it. */
async function hasPart(store: ControlStore, { runId, attempt, phase }: Control, instanceId: string): Promise<boolean> {
  if (!isLive(phase)) return true;
  const roster = await store.roster(runId, attempt);
  return roster === undefined || roster.hosts.some((one) => one.instanceId === instanceId);
}
