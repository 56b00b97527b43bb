import type { AgentState } from '../agent.ts';
import { ownRanks } from '../place.ts';
import { act, rest, type Turn } from '../turn.ts';

/** Tells other agents to look. A hint: the protocol does not need it. */
export function hint(state: AgentState): Turn {
  const { toHint: to } = state;
  return to === 'nobody' ? rest(state) : act({ ...state, toHint: 'nobody' }, { type: 'hint', to });
}

/** Answers the task token of the Run state after a transition of this agent's own that ends it. */
export function tellWorkflow(state: AgentState): Turn {
  return state.toReport === undefined ? rest(state) : act(state, { type: 'callback', control: state.toReport });
}

/** Shows the others that this agent lives, and the workflow that the gang does. */
export function beat(state: AgentState, nowMs: number): Turn {
  const { control, due, timing } = state;
  if (control === undefined || state.current.stored === undefined) return rest(state);
  const isBeatDue = nowMs >= due.beat;
  const isCallbackDue = nowMs >= due.callback;
  const next: AgentState = {
    ...state,
    due: {
      ...due,
      beat: isBeatDue ? nowMs + timing.beatMs : due.beat,
      callback: isCallbackDue ? nowMs + timing.callbackMs : due.callback,
    },
  };
  return act(
    next,
    ...(isBeatDue ? [{ type: 'beat', attempt: control.attempt } as const] : []),
    ...(isCallbackDue && speaksForTheGang(state) ? [{ type: 'callbackHeartbeat' } as const] : []),
  );
}

/** Rank 0's agent keeps the Run state alive; before there is a rank 0, every agent that has joined does. */
function speaksForTheGang(state: AgentState): boolean {
  const phase = state.control?.phase;
  if (phase === 'FORMING') return true;
  return (phase === 'STARTING' || phase === 'RUNNING') && ownRanks(state).includes(0);
}
