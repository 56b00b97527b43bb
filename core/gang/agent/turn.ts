import type { AgentState } from './agent.ts';
import type { AgentEffect } from './effects.ts';

/** What came of looking at the state once. */
export interface Turn {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}

/**
 * One thing that an agent does, and when. Rules look at the state alone, never at the event that led to it: asked again,
 * they answer again, so a reply that was lost needs no special case. What is already under way is held back afterwards.
 */
export type Rule = (state: AgentState, nowMs: number) => Turn;

/** Nothing to do in this situation. */
export const rest = (state: AgentState): Turn => ({ state, effects: [] });

export const act = (state: AgentState, ...effects: readonly AgentEffect[]): Turn => ({ state, effects });

/** Applies rules one after the other, each to the state that the one before left. */
export function inOrder(rules: readonly Rule[], state: AgentState, nowMs: number): Turn {
  let turn: Turn = rest(state);
  for (const rule of rules) {
    const next = rule(turn.state, nowMs);
    turn = { state: next.state, effects: [...turn.effects, ...next.effects] };
  }
  return turn;
}
