/** Timers that can all be ended at once, so that nothing of a stopped fleet happens later. */
export interface Timers {
  after(ms: number, act: () => void): void;
  /** Resolves after the time, or at once when the timers are cleared. */
  sleep(ms: number): Promise<void>;
  clear(): void;
}

export function createTimers(): Timers {
  const running = new Map<NodeJS.Timeout, () => void>();
  let cleared = false;

  function start(ms: number, act: () => void, onClear: () => void): void {
    if (cleared) {
      onClear();
      return;
    }
    const timer = setTimeout(() => {
      running.delete(timer);
      act();
    }, ms);
    running.set(timer, onClear);
  }

  return {
    after: (ms, act) => start(ms, act, () => {}),
    sleep: (ms) => new Promise((resolve) => start(ms, resolve, resolve)),
    clear() {
      cleared = true;
      for (const [timer, onClear] of running) {
        clearTimeout(timer);
        onClear();
      }
      running.clear();
    },
  };
}
