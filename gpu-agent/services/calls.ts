import type { AgentEvent } from '#core/gang/agent/effects.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import type { Arrival } from '#core/gang/records.ts';

/** Barrier calls of this host's tasks that wait for an answer of the protocol. */
export interface Calls {
  /** Sends the arrival to the agent's loop and waits; the protocol answers every call before its deadline or at it. */
  arrive(arrival: Arrival, timeoutMs: number): Promise<BarrierResult>;
  answer(callId: string, result: BarrierResult): void;
}

/** Calls are numbered, because one rank may call again before an earlier answer has been read. */
export function createCalls(send: (event: AgentEvent) => void): Calls {
  const waiting = new Map<string, (result: BarrierResult) => void>();
  let count = 0;
  const answer = (callId: string, result: BarrierResult) => {
    waiting.get(callId)?.(result);
    waiting.delete(callId);
  };
  return {
    arrive(arrival, timeoutMs) {
      const callId = `${arrival.rank}-${count++}`;
      const { promise, resolve } = Promise.withResolvers<BarrierResult>();
      waiting.set(callId, resolve);
      send({ type: 'arrive', callId, arrival, timeoutMs });
      return promise;
    },
    answer,
  };
}
