import { missing } from '#core/gang/barrier/arrive.ts';
import { conflict, deserted } from '#core/gang/barrier/conflict.ts';
import { release } from '#core/gang/barrier/release.ts';
import { arrivalsToWrite, type BarrierWait } from '#core/gang/barrier/wait.ts';
import { isLive } from '#core/gang/phases.ts';
import type { Cause, Control } from '#core/gang/records.ts';
import { exitsOf } from '#core/gang/start.ts';
import { transition } from '#core/gang/transitions.ts';
import type { AgentState } from '../agent.ts';
import type { AgentEffect } from '../effects.ts';
import { ownRanks } from '../place.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** Brings the tasks of this host to the current barrier, and does for it whatever can be done: release or abort. */
export function arrive(state: AgentState, nowMs: number): Turn {
  const { control, current } = state;
  if (control === undefined || !isLive(control.phase)) return rest(state);
  const waits = current.waits.filter((wait) => wait.epoch === control.epoch);
  if (waits.length === 0) return rest(state);
  const view = current.arrived?.epoch === control.epoch ? current.arrived : undefined;
  const arrivals = view?.arrivals;
  const { attempt, epoch } = control;

  const released = release(control, arrivals, opId(state));
  if (released !== undefined)
    return isOurs(state) ? act(state, { type: 'writeControl', write: released }) : rest(state);

  const exits = { ...exitsOf(current.members), ...current.exits };
  const detail = conflict(waits, arrivals) ?? deserted(waits, arrivals, exits);
  if (detail !== undefined) return giveUp(state, control, { kind: 'barrier-mismatch', epoch, detail });

  const effects: AgentEffect[] = [];
  const toWrite = arrivalsToWrite({ waits, ranks: ownRanks(state), arrivals }, nowMs, state.timing.partialMs);
  if (toWrite.length > 0) effects.push({ type: 'arrive', attempt, epoch, arrivals: toWrite });

  const deadlineMs = Math.min(...waits.map((wait) => wait.deadlineMs));
  if (nowMs < deadlineMs) {
    if (nowMs >= state.due.help) effects.push({ type: 'readBarrier', attempt, epoch, payloads: false });
    return act(state, ...effects);
  }
  // Only what was asked after the deadline can say who missed it.
  if ((view?.askedAtMs ?? 0) < deadlineMs) {
    return act(state, ...effects, { type: 'readBarrier', attempt, epoch, payloads: false });
  }
  return giveUp(state, control, { kind: 'barrier-timeout', epoch, missing: absent(control, waits, arrivals?.ranks) });
}

/**
 * The release belongs to the host whose arrival filled the set. Others who find it full first look whether that one is
 * doing it, and release only if the control item, asked after that, still stands where it was.
 */
function isOurs({ current, controlAtMs }: AgentState): boolean {
  return controlAtMs > (current.arrived?.fullSinceMs ?? Number.POSITIVE_INFINITY);
}

function absent(control: Control, waits: readonly BarrierWait[], arrived: readonly number[] = []): readonly number[] {
  return missing(control.worldSize, [...arrived, ...waits.map((wait) => wait.arrival.rank)]);
}

function giveUp(state: AgentState, control: Control, cause: Cause): Turn {
  return act(state, { type: 'writeControl', write: transition.abort(control, opId(state), cause) });
}
