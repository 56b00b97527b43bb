import { LockstepError } from '#core/errors.ts';
import { isEnding } from '#core/fleet/holdings.ts';
import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import { unconfirmed } from '#core/fleet/teardown.ts';
import { isOwner } from '#core/gang/owner.ts';
import { isTerminal } from '#core/gang/phases.ts';
import type { ControlStore, GangQueue } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import { type End, transition } from '#core/gang/transitions.ts';
import type { Clock, Log } from '#core/system/ports.ts';

/** What the release of a gang needs of the world. */
export interface ReleasePorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly fleet: Fleet;
  readonly leases: LeaseStore;
  readonly queue: GangQueue;
  readonly log: Log;
}

export interface ReleaseOptions {
  /** The execution that gives up its hosts; the gang must be its own. */
  readonly executionId: string;
  /** Phase that a gang gets which is not over yet. */
  readonly phase: End;
  /** What ended it, for the record: an error code or the status of the execution. */
  readonly by: string;
  /** How long to wait for the confirmation that every host is gone. @default 200000 */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 200_000;
const POLL_MS = { first: 100, longest: 5_000 };

/**
 * Gives back everything that a run has, and waits until the provider confirms it. Safe to repeat, also halfway, and from
 * two places at once. Throws LS_TEARDOWN_FAILED, naming the hosts, if one is not confirmed as terminated in time; the
 * gang then keeps its place in the books, so that nothing believes it to be gone.
 */
export async function releaseGang(ports: ReleasePorts, runId: string, options: ReleaseOptions): Promise<void> {
  const { clock, control, leases } = ports;
  const startedMs = clock.monotonicMs();
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  for (let isOver = false; !isOver; ) {
    const item = await control.read(runId);
    if (item !== undefined && !isOwner(item, options.executionId)) {
      return ports.log.warn('not released: the run is of another execution', { runId, owner: item.owner });
    }
    // First of all the gang is stopped, so that a step which is about to launch or to form cannot go on.
    if (item !== undefined) await control.write(stopOf(item, options.by));
    const gone = await endHosts(ports, runId, { startedMs, patienceMs });
    await leases.release(runId, gone, { atMs: clock.wallMs() });
    // A controller on its way may have raised the attempt meanwhile, and a step on its way have leased hosts: once more
    // then. Leases are looked at last: whoever finds the gang closed gives its hosts back itself.
    isOver = (await close(control, runId, options.phase)) && (await liveLeases(leases, runId)).length === 0;
  }
  await leaveQueue(ports, runId);
}

const stopOf = (item: Control, by: string) =>
  transition.stop(item, `release/${item.attempt}/stop`, { kind: 'cancelled', by });

export interface Patience {
  readonly startedMs: number;
  readonly patienceMs: number;
}

/** What ending the hosts of a run needs of the world. */
export type EndHostsPorts = Pick<ReleasePorts, 'clock' | 'fleet' | 'leases' | 'log'>;

/** Ends every host of the run, and names those that had a lease, once all are confirmed as terminated. */
export async function endHosts(
  ports: EndHostsPorts,
  runId: string,
  { startedMs, patienceMs }: Patience,
): Promise<readonly string[]> {
  const { clock, fleet } = ports;
  for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(pauseMs * 2, POLL_MS.longest)) {
    const { remaining, toEnd, leased } = await observe(ports, runId);
    if (remaining.length === 0) return leased;
    if (clock.monotonicMs() - startedMs > patienceMs) throw notGone(runId, remaining);
    if (toEnd.length > 0) {
      ports.log.info('terminating hosts', { runId, instanceIds: toEnd });
      await fleet.terminate(toEnd);
    }
    await clock.sleep(pauseMs);
  }
}

/** The provider's own list comes first: it knows the hosts that no record of ours does. */
async function observe({ clock, fleet, leases }: EndHostsPorts, runId: string) {
  const hosts = await fleet.list({ runId });
  const live = await liveLeases(leases, runId);
  const found = await fleet.find([...new Set([...hosts, ...live].map(({ instanceId }) => instanceId))]);
  const remaining = unconfirmed(hosts, live, { found, nowMs: clock.wallMs() });
  const ending = new Set(found.filter(isEnding).map(({ instanceId }) => instanceId));
  const leased = live.map(({ instanceId }) => instanceId);
  return { remaining, leased, toEnd: remaining.filter((instanceId) => !ending.has(instanceId)) };
}

/** False if the gang has gone on meanwhile, and is to be stopped again. */
async function close(control: ControlStore, runId: string, phase: End): Promise<boolean> {
  const item = await control.read(runId);
  if (item === undefined || isTerminal(item.phase)) return true;
  const { control: now } = await control.write(transition.close(item, `release/${item.attempt}/end`, phase));
  return now === undefined || isTerminal(now.phase);
}

async function leaveQueue({ queue }: ReleasePorts, runId: string): Promise<void> {
  const entry = (await queue.list()).find((one) => one.runId === runId);
  for (const type of entry?.instanceTypes ?? []) await queue.unlock(type, runId);
  await queue.remove(runId);
}

async function liveLeases(leases: LeaseStore, runId: string) {
  return (await leases.leases(runId)).filter(({ releasedAt }) => releasedAt === undefined);
}

function notGone(runId: string, remaining: readonly string[]): LockstepError {
  const message = `hosts of run ${runId} are not confirmed as terminated: ${remaining.join(', ')}`;
  return new LockstepError('LS_TEARDOWN_FAILED', message);
}
