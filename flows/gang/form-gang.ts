import { LockstepError } from '#core/errors.ts';
import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { Host, Lease } from '#core/fleet/records.ts';
import { isTerminal } from '#core/gang/phases.ts';
import type { ControlStore, GangQueue } from '#core/gang/ports.ts';
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

/** `overtaken`: another step has given hosts back meanwhile, so that they may not be all there any more. */
export type Formed = 'formed' | 'stopped' | 'overtaken';

/**
 * ACQUIRING → FORMING: leases first, because an agent without one shuts its host down. If the gang was stopped meanwhile,
 * what nobody else comes for is given back at once.
 */
export async function formGang(ports: FormPorts, gang: WholeGang): Promise<Formed> {
  const { control, hosts } = gang;
  const { runId, attempt } = control;
  const ids = hosts.map(({ instanceId }) => instanceId);
  if (!(await grant(ports, gang))) {
    await end(ports, runId, await unleased(ports, runId, ids));
    return 'stopped';
  }
  const { control: now } = await ports.control.write(transition.form(control, `acquire/${attempt}`));
  if (now?.attempt === attempt && FORMED.includes(now.phase)) {
    await leaveQueue(ports, gang);
    return 'formed';
  }
  if (now?.attempt === attempt && now.phase === 'ACQUIRING') return 'overtaken';
  // Who stopped this attempt deals with the hosts that it has leases for; of an attempt that is over nobody does.
  const isAwaited = now?.attempt === attempt && !isTerminal(now.phase);
  const mine = { atMs: ports.clock.wallMs(), attempt };
  if (!isAwaited) await end(ports, runId, await ports.leases.release(runId, ids, mine));
  return 'stopped';
}

async function unleased({ leases }: FormPorts, runId: string, ids: readonly string[]): Promise<readonly string[]> {
  const live = (await leases.leases(runId)).filter(({ releasedAt }) => releasedAt === undefined);
  return ids.filter((id) => !live.some(({ instanceId }) => instanceId === id));
}

async function end({ fleet, log }: FormPorts, runId: string, instanceIds: readonly string[]): Promise<void> {
  if (instanceIds.length === 0) return;
  log.warn('gang was stopped while its hosts came', { runId, instanceIds });
  await fleet.terminate(instanceIds);
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
async function leaveQueue({ queue }: FormPorts, { state, job }: WholeGang): Promise<void> {
  await queue.note(state.runId, { admitted: true });
  for (const type of job.gang.instanceTypes) await queue.unlock(type, state.runId);
}
