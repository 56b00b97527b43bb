import { isLive } from '#core/gang/phases.ts';
import type { AgentState, Due } from '../agent.ts';
import type { AgentEffect, Readable } from '../effects.ts';
import { pollAfter, random } from '../pace.ts';
import { isSpokesman, isWatcher } from '../place.ts';
import { isHeldBack } from '../send.ts';
import { act, type Turn } from '../turn.ts';

/** Reads whatever is due: the control item above all, and by itself, whatever the other stores take. */
export function poll(state: AgentState, nowMs: number): Turn {
  const jitter = random(state.seed);
  const paces = pacesOf(state, nowMs, jitter.value);
  const attempt = state.control?.attempt ?? 0;
  const effects: AgentEffect[] = [];
  let { due } = state;
  if (!isHeldBack(state, 'readControl', nowMs)) {
    if (nowMs >= due.poll) effects.push({ type: 'read', attempt, what: ['control'] });
    due = later(due, ['poll'], paces, nowMs);
  }
  // A lease is one for an attempt, so the attempt is asked for first.
  if (state.control !== undefined && !isHeldBack(state, 'read', nowMs)) {
    const what = wanted(state, nowMs);
    if (what.length > 0) effects.push({ type: 'read', attempt, what });
    due = later(due, ['help', 'watch', 'lease'], paces, nowMs);
  }
  return act({ ...state, seed: jitter.seed, due }, ...effects);
}

function wanted(state: AgentState, nowMs: number): readonly Readable[] {
  const { due, control, current } = state;
  const what: Readable[] = [];
  if (control === undefined) return what;
  if (nowMs >= due.lease) what.push('lease');
  const live = isLive(control.phase);
  // Not at every event: a store that does not have it yet would be asked without pause.
  if (live && current.roster === undefined && nowMs >= Math.min(due.poll, due.help)) what.push('roster');
  if (control.phase === 'FORMING' && control.attempt > 0 && current.previousRoster === undefined) {
    what.push('previousRoster');
  }
  if (nowMs >= due.help && needsMembers(state)) what.push('members');
  if (nowMs >= due.watch && live && isWatcher(state)) what.push('beats');
  return what;
}

/** The situations in which the next transition hangs on what the other members have recorded. */
function needsMembers(state: AgentState): boolean {
  const { control, current } = state;
  if (current.stored === undefined) return false;
  switch (control?.phase) {
    case 'FORMING':
      return current.stored.state === 'READY';
    case 'STARTING':
      return current.stored.state === 'STARTED' || current.stored.state === 'EXITED';
    case 'RUNNING':
      return current.waits.length > 0 || current.stored.state === 'EXITED';
    case 'STOPPING':
    case 'DRAINED':
      return current.stored.state === 'CLEAN' && isSpokesman(state);
    default:
      return false;
  }
}

type Paces = Readonly<Pick<Due, 'poll' | 'help' | 'watch' | 'lease'>>;

function pacesOf(state: AgentState, nowMs: number, jitter: number): Paces {
  const { timing } = state;
  const pollMs = pollAfter(state, nowMs, jitter);
  const leaseMs = state.lease === 'held' ? timing.leaseMs : timing.pollMs;
  return { poll: pollMs, help: pollMs * timing.helpEvery, watch: timing.beatMs, lease: leaseMs };
}

/** What was due is due again after its pace. */
function later(due: Due, kinds: readonly (keyof Paces)[], paces: Paces, nowMs: number): Due {
  const next = kinds.filter((kind) => nowMs >= due[kind]).map((kind) => [kind, nowMs + paces[kind]]);
  return { ...due, ...Object.fromEntries(next) };
}
