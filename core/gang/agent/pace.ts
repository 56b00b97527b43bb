import type { AgentState } from './agent.ts';

/** A number in [0, 1) and the seed after it (mulberry32): jitter that the same seed repeats. */
export function random(seed: number): { readonly value: number; readonly seed: number } {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, seed: next };
}

/**
 * Until the next look at the control item: short while a wait is young, then doubling up to a limit, and one pace while
 * tasks run and nobody waits. Jitter keeps agents that were released together from asking together.
 */
export function pollAfter(state: AgentState, nowMs: number, jitter: number): number {
  const { timing, control, current } = state;
  if (control?.phase === 'RUNNING' && current.waits.length === 0) return timing.pollRunningMs * (1 - 0.3 * jitter);
  const waitedMs = nowMs - state.waitingSinceMs;
  if (waitedMs < timing.eagerMs) return timing.pollMs;
  const doublings = Math.floor((waitedMs - timing.eagerMs) / timing.eagerMs);
  return Math.min(timing.pollMsMax, timing.pollMs * 2 ** (doublings + 1)) * (0.7 + 0.6 * jitter);
}

/** Until the next tick: the nearest time at which something may fall due. What is overdue waits for an answer, not for time. */
export function wakeAfter(state: AgentState, nowMs: number): number {
  const { due, timing, current } = state;
  const times = [
    due.poll,
    due.help,
    due.beat,
    due.watch,
    due.lease,
    due.callback,
    state.controlAtMs + timing.fenceMs,
    ...current.waits.map((wait) => wait.deadlineMs),
    ...Object.values(state.blocked),
  ];
  const next = Math.min(...times.filter((time) => time > nowMs), nowMs + 1_000);
  return Math.max(5, Math.ceil(next - nowMs));
}
