import { isLive, isTerminal } from '#core/gang/phases.ts';
import { type AgentState, leave, withCurrent } from '../agent.ts';
import { ownHost } from '../place.ts';
import { act, type Rule, rest, type Turn } from '../turn.ts';
import { refuseAll } from './answer.ts';
import { hint, tellWorkflow } from './signal.ts';

/** Finds out whether the host still has business here; looked at before anything else is done. */
export function judge(state: AgentState, nowMs: number): AgentState {
  const { control, timing } = state;
  // Cut off for so long that others may take this host for dead: no task may outlive that.
  if (nowMs - state.controlAtMs > timing.fenceMs) return leave(state, 'the control item could not be read in time');
  if (state.lease === 'none') return leave(state, 'the lease of this host is over');
  if (state.lease === 'unknown' && nowMs - state.startedAtMs > timing.leaseGraceMs) {
    return leave(state, 'this host has no lease');
  }
  if (control === undefined) return state;
  if (isTerminal(control.phase)) return leave(state, `the run is over: ${control.phase}`);
  if (isLive(control.phase) && state.current.roster !== undefined && ownHost(state) === undefined) {
    return leave(state, `attempt ${control.attempt} was sealed without this host`);
  }
  return state;
}

/** An agent that has no business here any more: tasks first, then the host. */
export const LEAVING_RULES: readonly Rule[] = [stopAll, hint, tellWorkflow, shutDown];

function stopAll(state: AgentState): Turn {
  const { state: quiet, effects } = refuseAll(state, 'LS_STALE_ATTEMPT', state.leaving ?? '');
  if (quiet.current.tasks !== 'starting' && quiet.current.tasks !== 'running') return { state: quiet, effects };
  const stopping = withCurrent(quiet, { tasks: 'stopping' });
  return act(stopping, ...effects, { type: 'stopTasks', cause: state.control?.cause });
}

function shutDown(state: AgentState, nowMs: number): Turn {
  const { tasks } = state.current;
  if (tasks !== 'none' && tasks !== 'clean') return rest(state);
  // The workflow is waiting for the news of this agent's own; the sweep tells it if this agent cannot.
  const isCutOff = nowMs - state.controlAtMs > state.timing.fenceMs;
  if (state.toReport !== undefined && !isCutOff) return rest(state);
  return act({ ...state, hasLeft: true }, { type: 'shutdown', reason: state.leaving ?? '' });
}
