import { isLive, isTerminal } from '#core/gang/phases.ts';
import { tasksPerHost } from '#core/gang/roster/roster.ts';
import { stop } from '#core/gang/stop.ts';
import type { AgentState } from '../agent.ts';
import { hasEnough, ownHost } from '../place.ts';
import { recordOf, saysTheSame } from '../record.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** Joins the attempt once there is a lease, and from then on keeps the agent's own record true. */
export function joinAndReport(state: AgentState): Turn {
  const { control, current } = state;
  if (control === undefined || state.lease !== 'held' || isTerminal(control.phase)) return rest(state);
  const member = recordOf(state, control);
  if (current.stored !== undefined) {
    return saysTheSame(current.stored, member) ? rest(state) : act(state, { type: 'updateMember', member });
  }
  if (control.phase === 'QUEUED' || control.phase === 'DRAINED') return rest(state);
  // Sealed, and no record is known here: the reply to the join was lost. In the roster it may be asked again.
  if (isLive(control.phase) && ownHost(state) === undefined) return rest(state);
  return act(state, { type: 'join', member });
}

/** A host that is short of accelerators is not fit for the gang, and says so, so that it is replaced by name. */
export function rejectHost(state: AgentState): Turn {
  const { control, accelerators, self } = state;
  if (control?.phase !== 'FORMING' || accelerators === undefined) return rest(state);
  if (hasEnough(accelerators, control, self.gpuPerTask)) return rest(state);
  const evidence = `LS_ACCELERATORS_MISSING: ${tasksPerHost(control)} tasks with ${self.gpuPerTask} each, found ${accelerators.length}`;
  const cause = { kind: 'host-lost', instanceId: self.instanceId, evidence } as const;
  return act(state, { type: 'writeControl', write: stop(control, cause, opId(state)) });
}
