import type { ControlWrite } from '../control-write.ts';
import type { Control, Member } from '../records.ts';
import { transition } from '../transitions.ts';

/** What is known of the hosts when an attempt is being drained. */
export interface Hosts {
  /** Instances that the provider confirms as terminated; `shutting-down` is not enough. */
  readonly gone: ReadonlySet<string>;
  /** Instances whose heartbeat stood still while the controller watched. */
  readonly silent: ReadonlySet<string>;
}

/** Members that may still have living tasks: neither proved clean nor on a host that is confirmed to be gone. */
export function undrained(members: readonly Member[], gone: ReadonlySet<string>): readonly Member[] {
  return members.filter((member) => member.state !== 'CLEAN' && !gone.has(member.instanceId));
}

/** STOPPING → DRAINED, once no task of the attempt can be alive; undefined before. */
export function drain(
  control: Control,
  members: readonly Member[],
  gone: ReadonlySet<string>,
  opId: string,
): ControlWrite | undefined {
  if (undrained(members, gone).length > 0) return undefined;
  return transition.drain(control, opId);
}

/**
 * Hosts that must be terminated before the attempt can be drained: those that are silent, and those that are alive but
 * do not become clean in time. One that the cause names as lost is not asked again: its neighbours have watched it.
 */
export function toTerminate(
  control: Control,
  members: readonly Member[],
  { gone, silent }: Hosts,
  isOverdue: boolean,
): readonly string[] {
  const named = control.cause?.kind === 'host-lost' ? control.cause.instanceId : undefined;
  return undrained(members, gone)
    .map((member) => member.instanceId)
    .filter((instanceId) => isOverdue || silent.has(instanceId) || instanceId === named);
}

/**
 * Hosts that are ended only because they are late: alive, not clean, and not written down as such yet. What is silent or
 * named by the cause is lost, late or not.
 */
export function toCondemn(control: Control, members: readonly Member[], { gone, silent }: Hosts): readonly string[] {
  const lost = new Set(toTerminate(control, members, { gone, silent }, false));
  return undrained(members, gone)
    .map((member) => member.instanceId)
    .filter((instanceId) => !lost.has(instanceId) && !control.overdue?.includes(instanceId));
}
