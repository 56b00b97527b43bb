import { setTimeout as sleep } from 'node:timers/promises';

/** A part that does not stop in this time is left to the guardian, which kills what is left when the process ends. */
const STOP_LIMIT_MS = 5_000;

interface Part {
  stop(): Promise<void>;
}

/** The parts of a cloud that were started; they stop in the opposite order, once. */
export class Stopping {
  readonly #parts: Part[] = [];
  #stopped: Promise<void> | undefined;

  /** Takes a part in as soon as it has started. */
  async started<T extends Part>(starting: Promise<T>): Promise<T> {
    const part = await starting;
    this.#parts.push(part);
    return part;
  }

  /** Stops everything. A part that fails to stop does not keep the others from it. Safe to call twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.reverse()) {
      const limit = new AbortController();
      const late = sleep(STOP_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {});
      await Promise.race([part.stop().catch((error) => void failures.push(error)), late]);
      limit.abort();
    }
    if (failures.length > 0) throw new AggregateError(failures, 'parts of the local cloud failed to stop');
  }
}
