import { isLive, isTerminal } from '#core/gang/phases.ts';
import type { Cause } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import type { AgentState } from '../agent.ts';
import { ownHost, unfitness } from '../place.ts';
import { recordOf, saysTheSame } from '../record.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** Joins the attempt once there is a lease, and from then on keeps the agent's own record true. */
export function joinAndReport(state: AgentState): Turn {
  const { control, current } = state;
  if (control === undefined || state.lease !== 'held' || isTerminal(control.phase)) return rest(state);
  const member = recordOf(state, control);
  if (current.stored !== undefined) {
    return saysTheSame(current.stored, member) ? rest(state) : act(state, { type: 'putMember', member });
  }
  if (control.phase === 'QUEUED' || control.phase === 'DRAINED') return rest(state);
  // Sealed, and no record is known here: the reply to the join was lost. In the roster it may be asked again.
  if (isLive(control.phase) && ownHost(state) === undefined) return rest(state);
  return act(state, { type: 'putMember', member });
}

/** A host that cannot take part says so and why, so that it is replaced by name, or the run ends where no host could. */
export function rejectHost(state: AgentState): Turn {
  const { control, self } = state;
  if (control?.phase !== 'FORMING' && control?.phase !== 'STARTING') return rest(state);
  const unfit = unfitness(state, control);
  if (unfit === undefined || state.lease !== 'held') return rest(state);
  const cause: Cause = { kind: 'host-unfit', instanceId: self.instanceId, ...unfit };
  return act(state, { type: 'writeControl', write: transition.stop(control, opId(state), cause) });
}
