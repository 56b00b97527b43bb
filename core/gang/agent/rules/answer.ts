import type { BarrierRefusal } from '#core/gang/barrier/result.ts';
import type { BarrierWait } from '#core/gang/barrier/wait.ts';
import { describe, refusalCode } from '#core/gang/cause.ts';
import { isLive } from '#core/gang/phases.ts';
import type { Control } from '#core/gang/records.ts';
import { type AgentState, withCurrent } from '../agent.ts';
import type { AgentEffect } from '../effects.ts';
import { act, rest, type Turn } from '../turn.ts';

/**
 * Lets tasks go on whose barrier has been released. An allGather first fetches what was gathered; a store that cannot
 * bring it together by the deadline of the call fails the call, because no task may wait for ever.
 */
export function pass(state: AgentState, nowMs: number): Turn {
  const { control } = state;
  if (control === undefined) return rest(state);
  const passed = state.current.waits.filter((wait) => wait.epoch >= 0 && wait.epoch < control.epoch);
  const effects = passed.map((wait) => afterRelease(state, control, wait, nowMs));
  return act(without(state, answered(effects)), ...effects);
}

function afterRelease(state: AgentState, { attempt }: Control, wait: BarrierWait, nowMs: number): AgentEffect {
  const { callId, epoch, arrival, deadlineMs } = wait;
  if (arrival.kind === 'barrier') return { type: 'answer', callId, result: { ok: true, epoch } };
  const { gathered } = state.current;
  if (gathered?.epoch === epoch) {
    return { type: 'answer', callId, result: { ok: true, epoch, payloads: gathered.payloads } };
  }
  if (nowMs < deadlineMs) return { type: 'readBarrier', attempt, epoch, payloads: true };
  return refusal(callId, 'LS_BARRIER_TIMEOUT', `what allGather ${epoch} brought together could not be read in time`);
}

const answered = (effects: readonly AgentEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'answer' ? [effect.callId] : []));

/** Sends tasks away that call while no attempt is live, or call while they wait already. */
export function refuse(state: AgentState): Turn {
  const { control, current } = state;
  if (control === undefined || current.waits.length === 0) return rest(state);
  if (!isLive(control.phase)) {
    const { cause } = control;
    if (cause === undefined) return refuseAll(state, 'LS_STALE_ATTEMPT', 'no attempt is running here');
    return refuseAll(state, refusalCode(cause), `the gang is stopping: ${describe(cause)}`);
  }
  const isTwice = (rank: number, index: number) => current.waits.findIndex((one) => one.arrival.rank === rank) < index;
  const twice = current.waits.filter((wait, index) => isTwice(wait.arrival.rank, index));
  const refusals = twice.map((wait) =>
    refusal(wait.callId, 'LS_BARRIER_MISMATCH', `rank ${wait.arrival.rank} waits in a barrier already`),
  );
  return act(
    without(
      state,
      twice.map((wait) => wait.callId),
    ),
    ...refusals,
  );
}

/** Sends every waiting task away. */
export function refuseAll(state: AgentState, code: BarrierRefusal, message: string): Turn {
  const refusals = state.current.waits.map((wait) => refusal(wait.callId, code, message));
  return act(withCurrent(state, { waits: [] }), ...refusals);
}

const refusal = (callId: string, code: BarrierRefusal, message: string): AgentEffect => ({
  type: 'answer',
  callId,
  result: { ok: false, code, message },
});

const without = (state: AgentState, callIds: readonly string[]): AgentState =>
  callIds.length === 0
    ? state
    : withCurrent(state, { waits: state.current.waits.filter((wait) => !callIds.includes(wait.callId)) });
