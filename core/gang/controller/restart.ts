/**
 * The restart of a healthy gang: the next attempt on the same hosts, with the same ranks, as soon as nothing of the one before
 * can live. Nobody has to look for hosts, so nobody has to be waited for: an agent that sees it may do it, as the controller may.
 */
import type { TrainLimits } from '#core/job/job.ts';
import type { ControlWrite } from '../control-write.ts';
import type { Control, Member, Roster, RosterHost } from '../records.ts';
import { transition } from '../transitions.ts';
import { settle } from './budget.ts';
import { type Ending, endOf } from './journal.ts';
import { verdict } from './verdict.ts';

/** What of a job's limits says whether an attempt may follow another. */
export type RestartPolicy = Pick<TrainLimits, 'restarts'> & Partial<Pick<TrainLimits, 'exitCodes'>>;

export interface DrainedGang {
  readonly control: Control;
  /** The roster of the attempt that is over; undefined if it was never sealed. */
  readonly roster: Roster | undefined;
  readonly members: readonly Member[];
}

export interface Restart {
  readonly write: ControlWrite;
  /** Of the attempt that begins. Its hosts' leases are extended to it first. */
  readonly roster: Roster;
  /** How the attempt ended that is over. */
  readonly end: Ending;
}

/**
 * The restart of a gang that is whole and about to be drained, or is: every host of the roster has proved itself clean as the boot and agent
 * that it was sealed with, none is announced to go, unfit or late, the verdict blames no host, and the budget that it is
 * charged to has room. Undefined where one of these does not hold: then it is the controller's.
 */
export function restart(gang: DrainedGang, policy: RestartPolicy, opId: string): Restart | undefined {
  const { control, roster, members } = gang;
  if (roster?.attempt !== control.attempt) return undefined;
  const stays = roster.hosts.map((host) => members.find((member) => isItself(member, host) && isHealthy(member)));
  const [first] = stays;
  if (first === undefined || stays.includes(undefined)) return undefined;
  if ((control.overdue ?? []).length > 0) return undefined;
  // Nothing that the provider knows can add to it: a host that is clean went well, whatever became of it afterwards.
  const found = verdict(control, members, new Set(), policy.exitCodes);
  if (found.badHosts.length > 0) return undefined;
  const { judged, charged } = settle(found, control, policy.restarts);
  if (charged === undefined) return undefined;
  return {
    write: transition.restart(control, opId, charged),
    // Its record says where rank 0 will listen next: the port of the attempt before may linger.
    roster: { ...roster, attempt: control.attempt + 1, masterPort: first.masterPort },
    end: endOf(control, judged, { isRestarted: true, replaced: [] }),
  };
}

const isItself = (member: Member, { instanceId, bootId, nonce }: RosterHost): boolean =>
  member.instanceId === instanceId && member.bootId === bootId && member.nonce === nonce;

const isHealthy = ({ state, notice, unfit }: Member): boolean =>
  state === 'CLEAN' && notice === undefined && unfit === undefined;
