import { isCurrent } from '../phases.ts';
import type { Arrivals, Control, Member } from '../records.ts';
import { type AgentState, leave, newAttempt, type Watched, withCurrent } from './agent.ts';
import type { AgentEvent, View } from './effects.ts';
import { isSpokesman } from './place.ts';
import { isOwnWrite, writeOf } from './write-id.ts';

type Seen = Extract<AgentEvent, { type: 'seen' }>;

/** Phases at which the workflow's Run state ends. */
const REPORTED: readonly Control['phase'][] = ['STOPPING', 'SUCCEEDED'];

/** Takes what a store answered into what the agent knows. */
export function applyView(state: AgentState, seen: Seen, nowMs: number): AgentState {
  let next = applyControl(state, seen, nowMs);
  if (!('attempt' in seen.done) || seen.done.attempt === next.control?.attempt) next = applyAttempt(next, seen, nowMs);
  next = applyMember(next, seen, nowMs);
  next = applyLostRace(next, state, seen, nowMs);
  return seen.done.type === 'callback' ? { ...next, toReport: undefined } : next;
}

/** A write that lost although nothing has moved was in the way of another's transaction: not again at once. */
function applyLostRace(state: AgentState, before: AgentState, { done, view }: Seen, nowMs: number): AgentState {
  const write = writeOf(done);
  if (write === undefined || view.control === undefined) return state;
  const { opId } = view.control;
  if (opId === write.opId || opId !== before.control?.opId) return state;
  return pausing(state, done.type, nowMs);
}

const pausing = (state: AgentState, key: string, nowMs: number): AgentState => ({
  ...state,
  blocked: { ...state.blocked, [key]: nowMs + state.timing.backoffMs },
});

function applyControl(state: AgentState, { done, view, askedAtMs }: Seen, nowMs: number): AgentState {
  const { control } = view;
  const isAsked = done.type === 'read' && done.what.includes('control');
  if (control === undefined) return isAsked ? leave(state, 'there is no such run') : state;
  const isAnswer = isAsked || writeOf(done) !== undefined;
  const read = isAnswer ? { ...state, controlAtMs: Math.max(state.controlAtMs, askedAtMs) } : state;
  if (read.control !== undefined && !isCurrent(control, read.control)) return read;
  const known = { ...read, control };
  if (read.control?.opId === control.opId) return known;
  return raised(changed(known, read.control, nowMs), read.control);
}

/** Something moved: look around at once, and tell the workflow and the others if it was this agent that moved it. */
function changed(state: AgentState, before: Control | undefined, nowMs: number): AgentState {
  const control = state.control as Control;
  const isMine = isOwnWrite(state, control.opId);
  const isOther = before?.phase !== control.phase || before.attempt !== control.attempt;
  return {
    ...state,
    waitingSinceMs: nowMs,
    due: isOther ? { ...state.due, help: nowMs } : state.due,
    toHint: isMine ? 'all' : state.toHint,
    toReport: isOther && REPORTED.includes(control.phase) && (isMine || isSpokesman(state)) ? control : state.toReport,
  };
}

/** A new attempt begins with nothing; tasks that still live then belong to a zombie. */
function raised(state: AgentState, before: Control | undefined): AgentState {
  if (before === undefined || before.attempt === state.control?.attempt) return state;
  const { tasks } = state.current;
  if (tasks === 'none' || tasks === 'clean') {
    const lease = state.lease === 'held' ? 'renewing' : state.lease;
    // Whether or not the workflow has learned of the end of the attempt before: that of this one answers it, too.
    return { ...state, lease, toReport: undefined, due: { ...state.due, lease: 0 }, current: newAttempt() };
  }
  return leave(state, `attempt ${before.attempt} is over, and its tasks were still alive here`);
}

function applyLease(state: AgentState, view: View): AgentState {
  if (view.leased === undefined) return state;
  // A host can be up before its lease is written, so only a lease that was there can be missed.
  if (!view.leased && state.lease === 'unknown') return state;
  return { ...state, lease: view.leased ? 'held' : 'none' };
}

function applyAttempt(state: AgentState, seen: Seen, nowMs: number): AgentState {
  const { done, view, askedAtMs } = seen;
  let next = applyLease(state, view);
  if (view.roster?.attempt === state.control?.attempt) next = withCurrent(next, { roster: view.roster });
  if (done.type === 'read' && done.what.includes('previousRoster')) {
    next = withCurrent(next, { previousRoster: view.previousRoster ?? 'none' });
  }
  if (view.members !== undefined) {
    const stored = newer(
      next.current.stored,
      view.members.find((member) => isOwn(member, state.self)),
    );
    next = withCurrent(next, { members: view.members, membersAtMs: askedAtMs, stored });
  }
  if (view.beats !== undefined) next = withCurrent(next, { watched: watch(next, view.beats, askedAtMs) });
  if (done.type === 'arrive' || done.type === 'readBarrier') next = applyArrivals(next, seen, done.epoch, nowMs);
  return next;
}

function applyArrivals(state: AgentState, seen: Seen, epoch: number, nowMs: number): AgentState {
  const { done, view, askedAtMs } = seen;
  const before = state.current.arrived?.epoch === epoch ? state.current.arrived : undefined;
  const arrivals = union(before?.arrivals, view.arrivals?.arrivals);
  const isFull = (arrivals?.ranks.length ?? 0) >= (state.control?.worldSize ?? Number.POSITIVE_INFINITY);
  const foundFullMs = done.type === 'arrive' ? Number.NEGATIVE_INFINITY : nowMs;
  const arrived = {
    ...{ epoch, arrivals, askedAtMs: Math.max(askedAtMs, before?.askedAtMs ?? askedAtMs) },
    fullSinceMs: isFull ? Math.min(foundFullMs, before?.fullSinceMs ?? foundFullMs) : undefined,
  };
  const payloads = view.payloads?.payloads.filter((payload) => payload !== undefined);
  const isComplete = payloads !== undefined && payloads.length === state.control?.worldSize;
  // Payloads come before arrivals, so this is a store that lags: it needs a moment, not to be asked without pause.
  const isLagging = payloads !== undefined && !isComplete;
  const patient = isLagging ? pausing(state, 'readBarrier', nowMs) : state;
  return withCurrent(patient, {
    arrived: (state.current.arrived?.epoch ?? -1) > epoch ? state.current.arrived : arrived,
    gathered: isComplete ? { epoch, payloads } : state.current.gathered,
  });
}

/** Arrivals only grow, so whichever answer came first, both are true. */
function union(a: Arrivals | undefined, b: Arrivals | undefined): Arrivals | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { ...a, ranks: [...new Set([...a.ranks, ...b.ranks])].sort((x, y) => x - y) };
}

/** A record never goes back in the store, so of two that were seen there the later one is what it holds. */
function newer(a: Member | undefined, b: Member | undefined): Member | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.seq > a.seq ? b : a;
}

const isOwn = (member: Member, { instanceId, bootId, nonce }: AgentState['self']): boolean =>
  member.instanceId === instanceId && member.bootId === bootId && member.nonce === nonce;

function applyMember(state: AgentState, { done, view }: Seen, nowMs: number): AgentState {
  if (done.type !== 'putMember') return state;
  if (done.member.attempt !== state.control?.attempt) return state;
  if (view.member === undefined) return leave(state, 'another boot or agent of this host has joined');
  const isNewlyClean = view.member.state === 'CLEAN' && state.current.stored?.state !== 'CLEAN';
  return {
    ...withCurrent(state, { stored: newer(state.current.stored, view.member) }),
    due: { ...state.due, help: nowMs },
    toHint: isNewlyClean ? 'first' : state.toHint,
  };
}

/**
 * Times each heartbeat on this agent's own clock. After a gap in its own looking it starts anew: everybody may have been
 * stopped together, as when a laptop sleeps.
 */
function watch(state: AgentState, beats: ReadonlyMap<string, number>, askedAtMs: number): Record<string, Watched> {
  const watched: Record<string, Watched> = {};
  for (const { instanceId } of state.current.roster?.hosts ?? []) {
    const count = beats.get(instanceId) ?? -1;
    const before = state.current.watched[instanceId];
    const isStill = before?.count === count && askedAtMs - before.seenAtMs <= state.timing.suspectMs / 2;
    watched[instanceId] = { count, sinceMs: isStill ? before.sinceMs : askedAtMs, seenAtMs: askedAtMs };
  }
  return watched;
}
