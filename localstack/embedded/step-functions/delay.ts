import { setTimeout as sleep } from 'node:timers/promises';

/** Longest delay of a timer of Node: about 24 days. A longer one would fire at once. */
const TIMER_LIMIT_MS = 2 ** 31 - 1;

/** Waits, however long; rejects with the signal's reason if that comes first. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= TIMER_LIMIT_MS) {
    await sleep(Math.min(left, TIMER_LIMIT_MS), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
  signal.throwIfAborted();
}

/** What `work` gives, unless the signal aborts first: then its reason is thrown, and the work goes on unheard. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
