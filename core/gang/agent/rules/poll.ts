import { isLive } from '#core/gang/phases.ts';
import type { AgentState, Due } from '../agent.ts';
import type { Readable } from '../effects.ts';
import { pollAfter, random } from '../pace.ts';
import { isWatcher } from '../place.ts';
import { isHeldBack } from '../send.ts';
import { act, rest, type Turn } from '../turn.ts';

/** Reads whatever is due, in one effect: the control item above all. */
export function poll(state: AgentState, nowMs: number): Turn {
  if (isHeldBack(state, 'read', nowMs)) return rest(state);
  const what = wanted(state, nowMs);
  const jitter = random(state.seed);
  const next = { ...state, seed: jitter.seed, due: nextDue(state, nowMs, jitter.value) };
  return what.length === 0 ? rest(next) : act(next, { type: 'read', attempt: state.control?.attempt ?? 0, what });
}

function wanted(state: AgentState, nowMs: number): readonly Readable[] {
  const { due, control, current } = state;
  const what: Readable[] = [];
  if (nowMs >= due.poll) what.push('control');
  if (nowMs >= due.lease) what.push('lease');
  if (control === undefined) return what;
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
function needsMembers({ control, current }: AgentState): boolean {
  if (current.stored === undefined) return false;
  switch (control?.phase) {
    case 'FORMING':
      return current.stored.state === 'READY';
    case 'STARTING':
      return current.stored.state === 'STARTED' || current.stored.state === 'EXITED';
    case 'RUNNING':
      return current.waits.length > 0 || current.stored.state === 'EXITED';
    default:
      return false;
  }
}

function nextDue(state: AgentState, nowMs: number, jitter: number): Due {
  const { due, timing } = state;
  const pollMs = pollAfter(state, nowMs, jitter);
  const leaseMs = state.lease === 'held' ? timing.leaseMs : timing.pollMs;
  const after = (time: number, periodMs: number) => (nowMs >= time ? nowMs + periodMs : time);
  return {
    ...due,
    poll: after(due.poll, pollMs),
    help: after(due.help, pollMs * timing.helpEvery),
    watch: after(due.watch, timing.beatMs),
    lease: after(due.lease, leaseMs),
  };
}
