import type { Clock } from '#core/system/ports.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that passes only when everything that could happen at one moment has happened. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  private order = 0;
  private timers: Timer[] = [];

  wallMs(): number {
    return 1_700_000_000_000 + this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const timer: Timer = {
        atMs: this.nowMs + Math.max(0, ms),
        order: this.order++,
        fire: () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        },
      };
      const cancel = () => {
        this.timers = this.timers.filter((one) => one !== timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.insert(timer);
    });
  }

  /** Lets time pass until the condition holds (true) or so much of it has passed (false). */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.nowMs + limitMs;
    await settle();
    while (!isDone()) {
      const next = this.timers[0];
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs;
        return false;
      }
      this.timers.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.fire();
      await settle();
    }
    return true;
  }

  private insert(timer: Timer): void {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const one = this.timers[middle] as Timer;
      if (one.atMs < timer.atMs || (one.atMs === timer.atMs && one.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    this.timers.splice(low, 0, timer);
  }
}

/** Lets every promise that can go on do so. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
