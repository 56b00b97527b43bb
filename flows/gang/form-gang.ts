import { LockstepError } from '#core/errors.ts';
import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { Host, Lease } from '#core/fleet/records.ts';
import type { ControlStore, GangQueue } from '#core/gang/ports.ts';
import { entryOf } from '#core/gang/queue/admit.ts';
import type { Control, Phase } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { Carried } from '#core/training/state.ts';

/** What the forming of a gang needs of the world. */
export interface FormPorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly fleet: Fleet;
  readonly leases: LeaseStore;
  readonly log: Log;
  readonly queue: GangQueue;
}

export interface WholeGang {
  readonly state: Carried;
  readonly job: TrainJob;
  readonly control: Control;
  /** The hosts that were launched just now; those that were kept have their leases. */
  readonly hosts: readonly Host[];
}

const FORMED: readonly Phase[] = ['FORMING', 'STARTING', 'RUNNING'];

/**
 * ACQUIRING → FORMING: leases first, because an agent without one shuts its host down. False if the gang was stopped
 * meanwhile; the new hosts are then given back at once.
 */
export async function formGang(ports: FormPorts, gang: WholeGang): Promise<boolean> {
  const { control, hosts } = gang;
  const { runId, attempt } = control;
  const isLeased = await grant(ports, gang);
  const { won, control: now } = isLeased
    ? await ports.control.write(transition.form(control, `acquire/${attempt}`))
    : { won: false, control: undefined };
  if (won || (now?.attempt === attempt && FORMED.includes(now.phase))) {
    await leaveQueue(ports, gang);
    return true;
  }
  const ids = hosts.map(({ instanceId }) => instanceId);
  ports.log.warn('gang was stopped while its hosts came', { runId, attempt, instanceIds: ids });
  await ports.leases.release(runId, ids, ports.clock.wallMs());
  if (ids.length > 0) await ports.fleet.terminate(ids);
  return false;
}

/** False if a release got there first: its hosts must not be leased again. */
async function grant({ leases, clock }: FormPorts, { control, hosts }: WholeGang): Promise<boolean> {
  const { runId, attempt } = control;
  const acquiredAt = clock.wallMs();
  const granted = hosts.map(
    ({ instanceId, instanceType, zone, market }): Lease => ({
      ...{ runId, attempt, instanceId, instanceType, zone, market },
      acquiredAt,
    }),
  );
  try {
    if (granted.length > 0) await leases.grant(granted);
    return true;
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LS_STALE_ATTEMPT') return false;
    throw error;
  }
}

/** The gang has what it wants: others may try the pools, and from now on the sweep looks after it. */
async function leaveQueue({ queue, clock }: FormPorts, { state, job }: WholeGang): Promise<void> {
  const entry =
    (await queue.list()).find(({ runId }) => runId === state.runId) ??
    entryOf(state, job, Math.floor(clock.wallMs() / 1000));
  await queue.put({ ...entry, admitted: true });
  for (const type of entry.instanceTypes) await queue.unlock(type, state.runId);
}
