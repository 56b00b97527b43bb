import type { AgentState } from './agent.ts';
import { apply } from './apply.ts';
import type { AgentEvent } from './effects.ts';
import { RULES } from './rules/index.ts';
import { judge, LEAVING_RULES } from './rules/leave.ts';
import { send } from './send.ts';
import { inOrder, rest, type Turn } from './turn.ts';

/** The agent's whole mind: what it is told, then what it does about the situation it is in. */
export function step(state: AgentState, event: AgentEvent, nowMs: number): Turn {
  if (state.hasLeft) return rest(state);
  const known = judge(apply(state, event, nowMs), nowMs);
  const rules = known.leaving === undefined ? RULES : LEAVING_RULES;
  return send(inOrder(rules, known, nowMs), nowMs);
}
