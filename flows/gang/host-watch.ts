import { type HostEvent, noticeOf } from '#core/fleet/host-event.ts';
import type { LeaseStore } from '#core/fleet/ports.ts';
import { onHostNotice } from '#core/gang/host-notice.ts';
import { hasEnded, isLive } from '#core/gang/phases.ts';
import type { Callback, ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import type { Log } from '#core/system/ports.ts';

/** What the watch over hosts needs of the world. */
export interface HostWatchPorts {
  readonly callback: Callback;
  readonly control: ControlStore;
  readonly leases: Pick<LeaseStore, 'leaseOf' | 'runOf'>;
  readonly log: Log;
}

/**
 * Tells a gang what the provider says of one of its hosts. Says nothing of hosts that are no gang's, or not of the
 * gang's current attempt any more: those were given up on purpose. The same event twice changes nothing twice. Of each
 * instance of the account there are events: one that is none of ours costs one read of the table, and no request to EC2.
 */
export async function watchHost(ports: HostWatchPorts, event: HostEvent): Promise<void> {
  const notice = noticeOf(event);
  if (notice === undefined) return;
  const runId = await ports.leases.runOf(notice.instanceId);
  if (runId === undefined) return;
  const [control, lease] = await Promise.all([
    ports.control.read(runId),
    ports.leases.leaseOf(runId, notice.instanceId),
  ]);
  if (control === undefined || lease === undefined || lease.attempt !== control.attempt) return;
  if (!(await hasPart(ports.control, control, notice.instanceId))) return;
  const write = onHostNotice(control, notice, `host-events/${control.attempt}/${notice.instanceId}/${notice.kind}`);
  if (write === undefined) return;
  const { won, control: now } = await ports.control.write(write);
  ports.log.info('host event', { runId, ...notice, won });
  // The host that is gone may be the one that would have told the workflow.
  if (now === undefined || !hasEnded(now.phase)) return;
  await ports.callback.succeed(runId, { phase: now.phase, attempt: now.attempt });
}

/** False for a host that was too many: once the roster is sealed, the others do without it. */
async function hasPart(store: ControlStore, { runId, attempt, phase }: Control, instanceId: string): Promise<boolean> {
  if (!isLive(phase)) return true;
  const roster = await store.roster(runId, attempt);
  return roster === undefined || roster.hosts.some((one) => one.instanceId === instanceId);
}
