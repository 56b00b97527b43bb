import type { Control, Member, MemberState } from '../records.ts';
import type { AgentState } from './agent.ts';
import { ownRanks, unfitness } from './place.ts';

/** The record that the agent should have in this attempt: it follows from what is the case on the host. */
export function recordOf(state: AgentState, control: Control): Member {
  const unfit = unfitness(state, control);
  const { runId, instanceId, bootId, nonce, address, port, masterPort } = state.self;
  return {
    runId,
    attempt: control.attempt,
    instanceId,
    bootId,
    nonce,
    seq: (state.current.stored?.seq ?? 0) + 1,
    state: memberState(state, control),
    address,
    port,
    masterPort,
    accelerators: state.accelerators ?? [],
    exits: state.current.exits,
    ...(state.notice === undefined ? {} : { notice: state.notice.text }),
    ...(unfit === undefined ? {} : { unfit: unfit.why }),
  };
}

function memberState(state: AgentState, control: Control): MemberState {
  const { tasks, exits } = state.current;
  if (tasks === 'clean') return 'CLEAN';
  const ranks = ownRanks(state);
  if (ranks.length > 0 && ranks.every((rank) => exits[rank] !== undefined)) return 'EXITED';
  if (tasks === 'running' || tasks === 'stopping') return 'STARTED';
  return state.accelerators === undefined || unfitness(state, control) !== undefined ? 'JOINED' : 'READY';
}

/** True if both say the same; an exit, once there, never changes, and neither does a notice or why a host is unfit. */
export function saysTheSame(a: Member, b: Member): boolean {
  const isAsLong = Object.keys(a.exits).length === Object.keys(b.exits).length;
  return a.state === b.state && a.notice === b.notice && a.unfit === b.unfit && isAsLong;
}
