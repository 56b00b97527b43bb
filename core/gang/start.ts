import type { ControlWrite } from './control-write.ts';
import type { Control, Member, Roster, TaskExit } from './records.ts';
import { ranksOf } from './roster/roster.ts';
import { transition } from './transitions.ts';

/** STARTING → RUNNING, once every host of the roster has started its tasks; undefined before. */
export function run(
  control: Control,
  roster: Roster,
  members: readonly Member[],
  opId: string,
): ControlWrite | undefined {
  const hasStarted = (member: Member) => member.state === 'STARTED' || member.state === 'EXITED';
  if (!roster.hosts.every((host) => members.some((one) => one.instanceId === host.instanceId && hasStarted(one)))) {
    return undefined;
  }
  return transition.run(control, opId);
}

/** RUNNING → SUCCEEDED, once every rank has an exit record and all of them are 0; undefined before. */
export function succeed(
  control: Control,
  roster: Roster,
  members: readonly Member[],
  opId: string,
): ControlWrite | undefined {
  const exits = exitsOf(members);
  if (!ranksOf(roster).every((rank) => exits[rank]?.code === 0)) return undefined;
  return transition.succeed(control, opId);
}

/** Exit records of all members together; ranks are unique, so they do not collide. */
export function exitsOf(members: readonly Member[]): Readonly<Record<number, TaskExit>> {
  return Object.assign({}, ...members.map((member) => member.exits));
}
