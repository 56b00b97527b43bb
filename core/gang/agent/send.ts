import type { AgentState } from './agent.ts';
import type { AgentEffect, HostEffect, StoreEffect } from './effects.ts';
import { wakeAfter } from './pace.ts';
import type { Turn } from './turn.ts';
import { writeOf } from './write-id.ts';

/**
 * Effects of one key are not under way twice: the rules ask again once the first has been answered. The control item is
 * read apart from everything else, so that no slow query can keep it from an agent whose fence depends on it.
 */
export function keyOf(effect: StoreEffect): string {
  return effect.type === 'read' && effect.what.includes('control') ? 'readControl' : effect.type;
}

/** True if effects of this key have to wait: one is under way, or the store did not answer a moment ago. */
export function isHeldBack(state: AgentState, key: string, nowMs: number): boolean {
  // A heartbeat that got lost must not keep the next one waiting: standing still is what makes a host suspect.
  if (key === 'beat') return false;
  return state.inFlight.includes(key) || (state.blocked[key] ?? nowMs) > nowMs;
}

/** Lets through what is not under way already, notes it, and asks for the next tick. */
export function send(turn: Turn, nowMs: number): Turn {
  let { state } = turn;
  const effects: AgentEffect[] = [];
  for (const effect of turn.effects) {
    if (isHostEffect(effect) || effect.type === 'wake') {
      effects.push(effect);
      continue;
    }
    const key = keyOf(effect);
    if (isHeldBack(state, key, nowMs)) continue;
    const writes = writeOf(effect) === undefined ? state.writes : state.writes + 1;
    state = { ...state, writes, inFlight: [...state.inFlight, key] };
    effects.push(effect);
  }
  if (!state.hasLeft) effects.push({ type: 'wake', afterMs: wakeAfter(state, nowMs) });
  return { state, effects };
}

const HOST_EFFECTS = ['startTasks', 'stopTasks', 'answer', 'hint', 'notifyTasks', 'shutdown'];

/** True for what the agent performs on its host, as opposed to what the drive loop asks of a store. */
export function isHostEffect(effect: AgentEffect): effect is HostEffect {
  return HOST_EFFECTS.includes(effect.type);
}
