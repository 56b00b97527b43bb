import { LockstepError } from '#core/errors.ts';
import type { Fleet, LeaseStore } from '#core/fleet/ports.ts';
import { confirmedGone } from '#core/fleet/teardown.ts';
import { type Decision, decide, type GangView } from '#core/gang/controller/controller.ts';
import { undrained } from '#core/gang/controller/drain.ts';
import { refuseOthers } from '#core/gang/owner.ts';
import { hasEnded } from '#core/gang/phases.ts';
import type { ControlStore, MemberStore } from '#core/gang/ports.ts';
import type { Control, Member } from '#core/gang/records.ts';
import { accountable } from '#core/gang/roster/accountable.ts';
import { secondsLeft } from '#core/gang/run-time.ts';
import type { TrainLimits } from '#core/job/job.ts';
import type { Clock, Ids } from '#core/system/ports.ts';
import { type HostsSeen, hostsSeen } from './hosts-seen.ts';
import { restartGang } from './restart-gang.ts';

/** What the controller needs of the world. */
export interface ControllerPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly control: ControlStore;
  readonly members: MemberStore;
  readonly leases: LeaseStore;
  readonly fleet: Fleet;
}

export interface ControllerOptions {
  /** The execution that asks; the gang must be its own. */
  readonly executionId: string;
  readonly limits: Pick<TrainLimits, 'restarts' | 'graceS' | 'maxDurationS'> & Partial<Pick<TrainLimits, 'exitCodes'>>;
  /** Epoch seconds at which the run was queued. */
  readonly queuedAtS: number;
  /** The attempt whose Run state ended because nobody kept it alive, if that was so. */
  readonly unwatched?: number | undefined;
  /** Since when the controller has been at it, in its own epoch seconds, over all its calls. */
  readonly sinceS: number;
  /** How long one call may look before it comes back with `wait`. Default 8000. */
  readonly patienceMs?: number;
}

/** What one call came to: a place to go to, an end, or the need to come back. */
export type Controlled = Extract<Decision, { do: 'go' | 'fail' | 'wait' }> & { readonly control: Control };

const POLL_MS = 250;

/** The workflow counts whole seconds, two at least: what is less is waited for here, so that a limit is held exactly. */
const RUNS_OUT_MS = 2_000;

/** No heartbeat for three beats, seen with the controller's own eyes. A stop is under way, so a mistake costs one host. */
const SILENT_MS = 6_000;

/** Beyond the grace that tasks get, for SIGKILL, the search for what is left, and the record. */
const OVERDUE_S = 30;

/** Takes a gang from STOPPING to its next attempt or its end, as far as that goes now. Safe to repeat, also halfway. */
export async function control(
  ports: ControllerPorts,
  runId: string,
  options: ControllerOptions,
): Promise<Controlled | undefined> {
  const startedMs = ports.clock.monotonicMs();
  const watch = newWatch();
  const hosts = hostsSeen(ports, options.sinceS);
  const leftMs = () => secondsLeft(options.queuedAtS, options.limits, ports.clock.wallMs()) * 1000;
  for (;;) {
    const item = await ports.control.read(runId);
    if (item === undefined) return undefined;
    refuseOthers(item, options.executionId);
    const decision = decide(await observe(ports, item, { ...options, watch, hosts }));
    switch (decision.do) {
      case 'go':
        if (decision.next !== 'run' || leftMs() > RUNS_OUT_MS) return { ...decision, control: item };
        await ports.clock.sleep(Math.max(0, Math.min(POLL_MS, leftMs())));
        break;
      case 'fail':
        return { ...decision, control: item };
      case 'stop':
      case 'condemn':
      case 'drain':
        await ports.control.write(decision.write);
        break;
      case 'end':
        await ports.control.commit(decision.write, { end: decision.end });
        break;
      case 'again':
        await restartGang(ports, decision.restart);
        break;
      case 'restart':
        await restart(ports, item, decision);
        break;
      case 'terminate':
        await endHosts(ports, item, hosts.notTold(decision.instanceIds));
        await ports.clock.sleep(POLL_MS);
        break;
      case 'wait':
        await ports.clock.sleep(POLL_MS);
    }
    if (ports.clock.monotonicMs() - startedMs > (options.patienceMs ?? 8_000)) return { do: 'wait', control: item };
  }
}

/**
 * Released first: what the provider then says of these hosts is of no concern to the gang, and no attempt keeps a host
 * that is about to go. One that a later attempt has kept is not ended: whoever finds that is late itself.
 */
async function endHosts(
  { leases, fleet, clock }: ControllerPorts,
  { runId, attempt }: Control,
  instanceIds: readonly string[],
): Promise<void> {
  if (instanceIds.length === 0) return;
  const ended = await leases.release(runId, instanceIds, { atMs: clock.wallMs(), attempt });
  if (ended.length > 0) await fleet.terminate(ended);
}

/** Hosts that stay have their leases before the attempt is raised: an agent without one would shut its host down. */
async function restart(
  ports: ControllerPorts,
  item: Control,
  plan: Extract<Decision, { do: 'restart' }>,
): Promise<void> {
  await endHosts(ports, item, plan.drop);
  try {
    if (plan.keep.length > 0) await ports.leases.grant(plan.keep);
  } catch (error) {
    // Somebody has ended a lease since it was looked at, or is ahead: what is to be done is decided anew.
    if (error instanceof LockstepError && error.code === 'LS_STALE_ATTEMPT') return;
    throw error;
  }
  await ports.control.commit(plan.write, { end: plan.end });
}

interface ObserveOptions extends ControllerOptions {
  readonly watch: SilenceWatch;
  readonly hosts: HostsSeen;
}

async function observe(
  ports: ControllerPorts,
  item: Control,
  { limits, queuedAtS, unwatched, sinceS, watch, hosts }: ObserveOptions,
): Promise<GangView> {
  const { runId, attempt } = item;
  const [roster, records, leases, beats] = await Promise.all([
    hasEnded(item.phase) ? ports.control.roster(runId, attempt) : undefined,
    ports.members.list(runId, attempt),
    ports.leases.leases(runId),
    ports.members.beats(runId, attempt),
  ]);
  const members = accountable(roster, records);
  const live = leases.filter((lease) => lease.releasedAt === undefined);
  const named = item.cause !== undefined && 'instanceId' in item.cause ? [item.cause] : [];
  const asked = [...new Set([...live, ...members, ...named].map(({ instanceId }) => instanceId))];
  const found = await hosts.find(asked);
  const gone = new Set(confirmedGone(asked, leases, { found, nowMs: ports.clock.wallMs() }));
  return {
    control: item,
    roster,
    members,
    leases: live,
    gone,
    reasons: new Map(found.flatMap(({ instanceId, reason }) => (reason === undefined ? [] : [[instanceId, reason]]))),
    silent: watch(undrained(members, gone), beats, ports.clock.monotonicMs()),
    isOverdue: ports.clock.wallMs() / 1000 - sinceS > limits.graceS + OVERDUE_S,
    leftS: secondsLeft(queuedAtS, limits, ports.clock.wallMs()),
    isUnwatched: unwatched === attempt,
    limits,
    opId: `controller/${ports.ids.next()}`,
    nowMs: ports.clock.wallMs(),
  };
}

type SilenceWatch = (members: readonly Member[], beats: ReadonlyMap<string, number>, nowMs: number) => Set<string>;

/** Times heartbeats on this process's clock, as the agents do on theirs. */
function newWatch(): SilenceWatch {
  const seen = new Map<string, { readonly count: number; readonly sinceMs: number }>();
  return (members, beats, nowMs) => {
    const silent = new Set<string>();
    for (const { instanceId } of members) {
      const count = beats.get(instanceId) ?? -1;
      const before = seen.get(instanceId);
      if (before?.count !== count) seen.set(instanceId, { count, sinceMs: nowMs });
      else if (nowMs - before.sinceMs >= SILENT_MS) silent.add(instanceId);
    }
    return silent;
  };
}
