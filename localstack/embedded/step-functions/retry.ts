import type { Retrier } from './asl.ts';
import { catches, type StateFailure } from './state-failure.ts';

/** Counts the retries of one visit to a state, each retrier by itself. */
export class RetryBudget {
  readonly #retriers: readonly Retrier[];
  readonly #used: number[];

  constructor(retriers: readonly Retrier[] = []) {
    this.#retriers = retriers;
    this.#used = retriers.map(() => 0);
  }

  /** Milliseconds until the next try; undefined if the failure is not to be tried again. */
  next(failure: StateFailure, stateType: string): number | undefined {
    const index = this.#retriers.findIndex(({ ErrorEquals }) => catches(ErrorEquals, failure, stateType));
    const retrier = this.#retriers[index];
    const used = this.#used[index] ?? 0;
    if (retrier === undefined || used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#used[index] = used + 1;
    const delayS = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
    const cappedS = Math.min(delayS, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return cappedS * 1000 * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1);
  }
}
