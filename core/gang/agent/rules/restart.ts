import { drain } from '#core/gang/controller/drain.ts';
import { restart } from '#core/gang/controller/restart.ts';
import { accountable } from '#core/gang/roster/accountable.ts';
import type { AgentState } from '../agent.ts';
import { isSpokesman } from '../place.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/**
 * The attempt has ended and every host of it is clean and healthy: the next begins on the same hosts, and the workflow only
 * learns of it. The first two hosts of the roster do it, of which the others tell only the first. What they may not or
 * cannot do is left to the controller, which has been called by then.
 */
export function restartTogether(state: AgentState): Turn {
  const { control, current, policy } = state;
  if (control?.phase !== 'STOPPING' && control?.phase !== 'DRAINED') return rest(state);
  if (policy === undefined || !isSpokesman(state)) return rest(state);
  const { roster } = current;
  const members = accountable(roster, current.members);
  const again = restart({ control, roster, members }, policy, opId(state));
  if (again === undefined) return rest(state);
  if (control.phase === 'DRAINED') return act(state, { type: 'restart', restart: again });
  const drained = drain(control, members, new Set(), opId(state));
  return drained === undefined ? rest(state) : act(state, { type: 'writeControl', write: drained });
}
