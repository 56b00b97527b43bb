import { transition } from '#core/gang/transitions.ts';
import type { AgentState } from '../agent.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/**
 * A task of this host ended well so long ago that those which still work must be waiting for it: the gang stops, and the
 * one that left is named. Each agent counts by its own clock, for its own tasks.
 */
export function nameEarlyExit(state: AgentState, nowMs: number): Turn {
  const { control, current, timing } = state;
  const early = current.firstEnd;
  if (control?.phase !== 'RUNNING' || early === undefined) return rest(state);
  if (!(nowMs - early.atMs >= timing.exitSpreadMs)) return rest(state);
  const agoS = Math.round((nowMs - early.atMs) / 1000);
  const message = `it ended ${agoS} s ago, and other ranks have not (limits.exitSpreadS)`;
  const exit = { code: 0, signal: null, stopped: false, message };
  const cause = { kind: 'task-failed', rank: early.rank, exit } as const;
  return act(state, { type: 'writeControl', write: transition.stop(control, opId(state), cause) });
}
