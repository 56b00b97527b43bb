import { type AgentState, withCurrent } from '../agent.ts';
import { act, rest, type Turn } from '../turn.ts';

/** The attempt is over: everything it started on this host goes, and then the record says CLEAN. */
export function stopTasks(state: AgentState): Turn {
  const { control, current } = state;
  if (control?.phase !== 'STOPPING' && control?.phase !== 'DRAINED') return rest(state);
  if (current.tasks === 'none') return rest(withCurrent(state, { tasks: 'clean' }));
  if (current.tasks !== 'starting' && current.tasks !== 'running') return rest(state);
  return act(withCurrent(state, { tasks: 'stopping' }), { type: 'stopTasks', cause: control.cause });
}
