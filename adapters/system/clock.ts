import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '#core/system/ports.ts';

/** The clocks of this machine. `sleep` rejects with the signal's reason when it is aborted. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};
