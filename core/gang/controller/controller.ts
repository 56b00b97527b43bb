/**
 * What the controller does for a gang whose attempt has ended: makes sure that nothing of it lives, finds the cause,
 * charges it, keeps the healthy hosts and begins again, or ends the run. Pure; flows/gang/gang-controller.ts does it.
 */
import type { ErrorCode } from '#core/errors.ts';
import type { Lease } from '#core/fleet/records.ts';
import type { TrainLimits } from '#core/job/job.ts';
import type { AttemptEnd } from '../attempt-end.ts';
import type { ControlWrite } from '../control-write.ts';
import { hasEnded } from '../phases.ts';
import type { Cause, Control, Member, MemberState, Roster } from '../records.ts';
import { timeIsUp } from '../run-time.ts';
import { transition } from '../transitions.ts';
import { settle } from './budget.ts';
import { drain, type Hosts, toCondemn, toTerminate } from './drain.ts';
import { endOf } from './journal.ts';
import { type Restart, restart } from './restart.ts';
import { announced, type Verdict, verdict } from './verdict.ts';

export interface GangView extends Hosts {
  /** What the provider says of hosts that end or have ended, by their instance. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly control: Control;
  /** Of the attempt, if it was sealed; looked for once it is over. */
  readonly roster: Roster | undefined;
  /** Everybody who is accountable for the attempt; see roster/accountable.ts. */
  readonly members: readonly Member[];
  /** Leases that are not released. */
  readonly leases: readonly Lease[];
  /** The attempt has been stopping for longer than tasks may take to stop. */
  readonly isOverdue: boolean;
  /** Seconds until the run reaches its limit; none or fewer if it has. */
  readonly leftS: number;
  /** The Run state has ended because nobody kept it alive. */
  readonly isUnwatched: boolean;
  readonly limits: Pick<TrainLimits, 'restarts' | 'maxDurationS'> & Partial<Pick<TrainLimits, 'exitCodes'>>;
  readonly opId: string;
  /** Epoch milliseconds, for the journal. */
  readonly nowMs: number;
}

export type Decision =
  /** The workflow has another state to go to. */
  | { readonly do: 'go'; readonly next: 'acquire' | 'run' | 'publish' }
  | { readonly do: 'fail'; readonly code: ErrorCode; readonly message: string }
  /** Look again a little later. */
  | { readonly do: 'wait' }
  | { readonly do: 'terminate'; readonly instanceIds: readonly string[] }
  | { readonly do: 'stop' | 'condemn' | 'drain'; readonly write: ControlWrite }
  | { readonly do: 'end'; readonly write: ControlWrite; readonly end: AttemptEnd }
  /** The next attempt begins at once, on the same hosts. */
  | { readonly do: 'again'; readonly restart: Restart }
  /** Leases of `keep` are granted for the next attempt, hosts of `drop` go; then the write, which makes it so. */
  | {
      readonly do: 'restart';
      readonly keep: readonly Lease[];
      readonly drop: readonly string[];
      readonly write: ControlWrite;
      readonly end: AttemptEnd;
    };

/** The next thing to do. Asked again in the same situation it answers the same. */
export function decide(view: GangView): Decision {
  const reason = reasonToStop(view);
  if (reason !== undefined) return { do: 'stop', write: transition.stop(view.control, view.opId, reason) };
  switch (view.control.phase) {
    case 'QUEUED':
    case 'ACQUIRING':
      return { do: 'go', next: 'acquire' };
    case 'FORMING':
    case 'STARTING':
    case 'RUNNING':
      return { do: 'go', next: 'run' };
    case 'STOPPING':
      return decideStopping(view);
    case 'DRAINED':
      return decideDrained(view);
    case 'SUCCEEDED':
      return { do: 'go', next: 'publish' };
    case 'FAILED':
    case 'CANCELLED':
      return { do: 'fail', ...lastWords(view, judge(view)) };
  }
}

/** Nobody else is as punctual: agents count no time of the run, and the sweep looks once a minute. */
function reasonToStop({ control, members, leftS, isUnwatched, limits }: GangView): Cause | undefined {
  if (hasEnded(control.phase)) return undefined;
  if (leftS <= 0) return timeIsUp(limits);
  if (!isUnwatched || control.phase === 'QUEUED' || control.phase === 'ACQUIRING') return undefined;
  const instanceId = members[0]?.instanceId ?? 'unknown';
  return { kind: 'host-lost', instanceId, why: 'silent', evidence: 'nobody has kept the Run state alive' };
}

function decideStopping(view: GangView): Decision {
  const { control, members, gone, opId } = view;
  const write = drain(control, members, gone, opId);
  if (write !== undefined) return { do: 'drain', write };
  const late = view.isOverdue ? toCondemn(control, members, view) : [];
  if (late.length > 0) {
    return { do: 'condemn', write: transition.condemn(control, opId, [...(control.overdue ?? []), ...late]) };
  }
  const instanceIds = toTerminate(control, members, view, view.isOverdue);
  return instanceIds.length > 0 ? { do: 'terminate', instanceIds } : { do: 'wait' };
}

function decideDrained(view: GangView): Decision {
  const { control, limits, opId, nowMs } = view;
  const again = isWhole(view) ? restart(view, limits, opId) : undefined;
  if (again !== undefined) return { do: 'again', restart: again };
  const { judged, charged } = settle(judge(view), control, limits.restarts);
  if (charged === undefined) {
    const phase = control.cause?.kind === 'cancelled' ? 'CANCELLED' : 'FAILED';
    const end = { ...endOf(control, judged, { isRestarted: false, replaced: [] }), endedAt: nowMs };
    return { do: 'end', write: transition.end(control, opId, phase), end };
  }
  const { keep, drop } = sortHosts(view, judged);
  // Those at fault and those that were late belong to it also where they have been let go already.
  const replaced = [...new Set([...judged.badHosts, ...(control.overdue ?? []), ...drop])];
  return {
    do: 'restart',
    keep,
    drop,
    write: transition.raise(control, opId, charged),
    end: { ...endOf(control, judged, { isRestarted: true, replaced }), endedAt: nowMs },
  };
}

/** True if every host of the roster is still leased and not known to have gone: only the provider can know that of a clean one. */
function isWhole({ roster, leases, gone }: GangView): boolean {
  const leased = new Set(leases.map(({ instanceId }) => instanceId));
  return (roster?.hosts ?? []).every(({ instanceId }) => leased.has(instanceId) && !gone.has(instanceId));
}

/** The verdict, with what the provider says of the hosts at fault: it alone may know that a key or a quota is. */
function judge({ control, members, gone, limits, reasons }: GangView): Verdict {
  const judged = verdict(control, members, gone, limits.exitCodes);
  const said = judged.badHosts.flatMap((instanceId) => {
    const reason = reasons.get(instanceId);
    return reason === undefined ? [] : [`of ${instanceId} the provider says: ${reason}`];
  });
  return said.length === 0 ? judged : { ...judged, message: `${judged.message} (${said.join('; ')})` };
}

/**
 * Healthy hosts stay: those that have proved themselves clean, and those that have had no part in the attempt because they
 * were still booting, or whose record came when the attempt was drained already, as long as no fault was found with them,
 * they have found none with themselves, and the provider has not said that it takes them away.
 */
function sortHosts({ control, members, leases, gone }: GangView, { badHosts }: Verdict) {
  const dirty = new Set(members.filter(({ state }) => hasStarted(state)).map((member) => member.instanceId));
  const unfit = members.filter((member) => member.unfit !== undefined).map((member) => member.instanceId);
  const bad = new Set([...gone, ...badHosts, ...announced(members), ...unfit]);
  const isKept = ({ instanceId }: Lease) => !dirty.has(instanceId) && !bad.has(instanceId);
  return {
    keep: leases.filter(isKept).map((lease) => ({ ...lease, attempt: control.attempt + 1 })),
    drop: leases.filter((lease) => !isKept(lease)).map((lease) => lease.instanceId),
  };
}

const hasStarted = (state: MemberState): boolean => state === 'STARTED' || state === 'EXITED';

/** Ends with what there is to read: the log of the rank at fault, by its place below the run, and the budget. */
function lastWords({ control, limits: { restarts } }: GangView, { budget, code, message, rank }: Verdict) {
  if (budget === undefined) return { code, message };
  const used = `restarts for ${budget} failures: ${control.charged[budget]} of ${restarts[budget]} used`;
  const log = rank === undefined ? '' : `log: logs/${control.attempt}/${rank}.log; `;
  return { code, message: `attempt ${control.attempt}: ${message} (${log}${used})` };
}
