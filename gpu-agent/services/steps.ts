import { type StepMark, withPause, withStep } from '#core/launch/stall.ts';
import type { Clock } from '#core/system/ports.ts';

/** How far each task of this host has come, by what it reports itself. */
export interface StepService {
  note(rank: number, step: number): void;
  /** While the work is under way the task waits for other ranks, so it is none of those that stand still. */
  whileWaiting<T>(rank: number, work: Promise<T>): Promise<T>;
  /** The newest step of each task that has reported any. */
  all(): readonly StepMark[];
  /** Of those that wait for nobody. */
  working(): readonly StepMark[];
}

export function stepService(clock: Pick<Clock, 'monotonicMs'>): StepService {
  let marks: readonly StepMark[] = [];
  const waiting = new Set<number>();
  return {
    note(rank, step) {
      marks = withStep(marks, { rank, step, atMs: clock.monotonicMs() });
    },
    async whileWaiting(rank, work) {
      waiting.add(rank);
      try {
        return await work;
      } finally {
        waiting.delete(rank);
        marks = withPause(marks, rank, clock.monotonicMs());
      }
    },
    all: () => marks,
    working: () => marks.filter(({ rank }) => !waiting.has(rank)),
  };
}
