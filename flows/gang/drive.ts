/**
 * The one loop: an event in, a step, the effects out. Steps never overlap; stores are asked in the meantime and answer
 * with an event, so that time goes on for the agent even while a store is silent: the fence depends on it.
 */

import type { AgentState } from '#core/gang/agent/agent.ts';
import type { AgentEffect, AgentEvent, HostEffect, StoreEffect } from '#core/gang/agent/effects.ts';
import { isHostEffect } from '#core/gang/agent/send.ts';
import { step } from '#core/gang/agent/step.ts';
import { performStoreEffect, type StorePorts } from './store-effects.ts';

export interface DriveOptions {
  readonly ports: StorePorts;
  /** From `newAgent`. */
  readonly initial: AgentState;
  /** Does what concerns the host: start or stop tasks, answer a call, hint, power off. Must not throw and not block. */
  readonly perform: (effect: HostEffect) => void;
  /** Ends the loop at once, without any farewell. */
  readonly signal?: AbortSignal;
  /** A store that has not answered after this long counts as unreachable. Default 5000. */
  readonly storeTimeoutMs?: number;
}

export interface Drive {
  /** Tells the agent something from its host: `accelerators`, `tasksStarted`, `taskExited`, `clean`, `arrive`, `notice`, `hinted`. */
  send(event: AgentEvent): void;
  /** What the agent knows now, for status and logs. */
  state(): AgentState;
  /** Resolves when the loop has ended: with the reason of the shutdown, or undefined if `signal` ended it. */
  readonly ended: Promise<string | undefined>;
}

/** Runs an agent until it shuts its host down or the signal ends it. Returns at once. */
export function drive(options: DriveOptions): Drive {
  const { ports, perform, storeTimeoutMs = 5_000 } = options;
  const ended = Promise.withResolvers<string | undefined>();
  const inbox: AgentEvent[] = [];
  let state = options.initial;
  let isStepping = false;
  let hasEnded = false;
  let alarm = new AbortController();

  function send(event: AgentEvent): void {
    if (hasEnded) return;
    inbox.push(event);
    if (isStepping) return;
    isStepping = true;
    for (let next = inbox.shift(); next !== undefined && !hasEnded; next = inbox.shift()) {
      const turn = step(state, next, ports.clock.monotonicMs());
      state = turn.state;
      for (const effect of turn.effects) dispatch(effect);
    }
    isStepping = false;
  }

  function dispatch(effect: AgentEffect): void {
    if (effect.type === 'wake') wake(effect.afterMs);
    else if (!isHostEffect(effect)) void ask(effect);
    else {
      perform(effect);
      if (effect.type === 'shutdown') end(effect.reason);
    }
  }

  async function ask(effect: StoreEffect): Promise<void> {
    const askedAtMs = ports.clock.monotonicMs();
    const silence = new AbortController();
    const request = new AbortController();
    const deadline = ports.clock.sleep(storeTimeoutMs, silence.signal).then(() => {
      // Given up: a client that sent it again later would bring back what is out of date by then.
      request.abort();
      throw new Error(`no answer within ${storeTimeoutMs} ms`);
    });
    try {
      const view = await Promise.race([
        performStoreEffect(ports, { self: state.self, signal: request.signal }, effect),
        deadline,
      ]);
      send({ type: 'seen', done: effect, view, askedAtMs });
    } catch (error) {
      ports.log.warn('store unreachable', { effect: effect.type, error: String(error) });
      send({ type: 'unreachable', failed: effect });
    } finally {
      silence.abort();
      deadline.catch(() => undefined);
    }
  }

  function wake(afterMs: number): void {
    alarm.abort();
    alarm = new AbortController();
    ports.clock.sleep(afterMs, alarm.signal).then(
      () => send({ type: 'tick' }),
      () => undefined,
    );
  }

  function end(reason: string | undefined): void {
    hasEnded = true;
    alarm.abort();
    ended.resolve(reason);
  }

  options.signal?.addEventListener('abort', () => end(undefined), { once: true });
  if (options.signal?.aborted) end(undefined);
  send({ type: 'tick' });
  return { send, state: () => state, ended: ended.promise };
}
