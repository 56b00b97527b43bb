import type { Clock } from '#core/system/ports.ts';

/** A clock that moves only when somebody sleeps, and then at once: hours pass in no time. `startMs` is its first wall time. */
export function memoryClock(startMs = 1_700_000_000_000): Clock {
  let passedMs = 0;
  return {
    wallMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      passedMs += Math.max(0, ms);
    },
  };
}
