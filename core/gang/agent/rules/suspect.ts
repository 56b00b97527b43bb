import { isLive } from '#core/gang/phases.ts';
import { transition } from '#core/gang/transitions.ts';
import type { AgentState } from '../agent.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/**
 * Stops the gang when the heartbeat of a host stands still. That is a suspicion and ends this attempt only: whether the
 * host is really gone is found out, and made sure of, by the controller before the next one begins.
 */
export function suspect(state: AgentState): Turn {
  const { control, current, timing, self } = state;
  if (control === undefined || !isLive(control.phase)) return rest(state);
  const still = Object.entries(current.watched).find(
    ([instanceId, { sinceMs, seenAtMs }]) => instanceId !== self.instanceId && seenAtMs - sinceMs >= timing.suspectMs,
  );
  if (still === undefined) return rest(state);
  const [instanceId, { sinceMs, seenAtMs }] = still;
  // A host whose tasks have all ended well has done its part; the record that says so may be newer than what is known here.
  if (current.membersAtMs < seenAtMs) return act(state, { type: 'read', attempt: control.attempt, what: ['members'] });
  if (hasDoneItsPart(state, instanceId)) return rest(state);
  const evidence = `no heartbeat for ${Math.round((seenAtMs - sinceMs) / 1000)} s, says ${self.instanceId}`;
  const cause = { kind: 'host-lost', instanceId, why: 'silent', evidence } as const;
  return act(state, { type: 'writeControl', write: transition.stop(control, opId(state), cause) });
}

function hasDoneItsPart({ current }: AgentState, instanceId: string): boolean {
  const member = current.members.find((one) => one.instanceId === instanceId);
  return member?.state === 'EXITED' && Object.values(member.exits).every((exit) => exit.code === 0);
}
