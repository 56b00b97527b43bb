import { type AgentState, withCurrent } from './agent.ts';
import { applyView } from './apply-view.ts';
import type { AgentEvent } from './effects.ts';
import { keyOf } from './send.ts';

/** Takes an event into what the agent knows. Decides nothing. The same event twice is the same event once. */
export function apply(state: AgentState, event: AgentEvent, nowMs: number): AgentState {
  switch (event.type) {
    case 'tick':
      return state;
    case 'hinted':
      // While the gang stops, it is what the others have recorded that somebody hints at.
      return { ...state, due: { ...state.due, poll: nowMs, ...(isStopping(state) && { help: nowMs }) } };
    case 'seen':
      return applyView(settled(state, keyOf(event.done)), event, nowMs);
    case 'unreachable':
      return applySilence(state, keyOf(event.failed), nowMs);
    case 'accelerators':
      return { ...state, accelerators: event.addresses };
    case 'unfit':
      return { ...state, unfit: state.unfit ?? { why: event.why, evidence: event.detail } };
    case 'masterPort':
      return { ...state, self: { ...state.self, masterPort: event.port } };
    case 'tasksStarted':
      return state.current.tasks === 'starting' ? withCurrent(state, { tasks: 'running' }) : state;
    case 'taskExited':
      return applyExit(state, event, nowMs);
    case 'clean':
      return state.current.tasks === 'stopping' ? withCurrent(state, { tasks: 'clean' }) : state;
    case 'arrive':
      return applyArrival(state, event, nowMs);
    case 'notice':
      // A rebalance recommendation is not a promise to take the host away, so it is not worth a stop.
      if (event.kind === 'rebalance' || state.notice !== undefined) return state;
      return { ...state, notice: { text: `${event.kind}: ${event.detail}`, atMs: nowMs } };
  }
}

const isStopping = ({ control }: AgentState): boolean => control?.phase === 'STOPPING' || control?.phase === 'DRAINED';

function settled(state: AgentState, key: string): AgentState {
  return { ...state, inFlight: state.inFlight.filter((one) => one !== key) };
}

function applySilence(state: AgentState, key: string, nowMs: number): AgentState {
  const blocked = { ...state.blocked, [key]: nowMs + state.timing.backoffMs };
  return { ...settled(state, key), blocked };
}

function applyExit(state: AgentState, event: Extract<AgentEvent, { type: 'taskExited' }>, nowMs: number): AgentState {
  const { rank, exit } = event;
  const { exits, tasks, firstEnd } = state.current;
  if (tasks === 'none' || exits[rank] !== undefined) return state;
  return withCurrent(state, { exits: { ...exits, [rank]: exit }, firstEnd: firstEnd ?? { rank, atMs: nowMs } });
}

function applyArrival(state: AgentState, event: Extract<AgentEvent, { type: 'arrive' }>, nowMs: number): AgentState {
  const { callId, arrival, timeoutMs } = event;
  const { waits } = state.current;
  if (waits.some((wait) => wait.callId === callId)) return state;
  const { control, timing } = state;
  // Of no attempt, or of one that is not live: refused before anything else happens.
  const epoch = control?.epoch ?? -1;
  const wait = { callId, epoch, arrival, sinceMs: nowMs, deadlineMs: nowMs + timeoutMs };
  const isFirst = waits.length === 0;
  return {
    ...withCurrent(state, { waits: [...waits, wait] }),
    waitingSinceMs: isFirst ? nowMs : state.waitingSinceMs,
    due: isFirst
      ? { ...state.due, poll: nowMs + timing.pollMs, help: nowMs + timing.helpEvery * timing.pollMs }
      : state.due,
  };
}
