import { type StepMark, saysProgress, withPause, withStep } from '#core/launch/stall.ts';
import type { Clock } from '#core/system/ports.ts';

/** How far each task of this host has come, by what it reports itself. */
export interface StepService {
  note(rank: number, step: number): void;
  /** What a task wrote; a line that is progress, and another than the one before, is a step. */
  noteLine(rank: number, line: string): void;
  /** While the work is under way the task waits for other ranks, so it is none of those that stand still. */
  whileWaiting<T>(rank: number, work: Promise<T>): Promise<T>;
  /** The newest step of each task that has reported any. */
  all(): readonly StepMark[];
  /** Of those that wait for nobody. */
  working(): readonly StepMark[];
}

/** `pattern`: lines that are progress. @default - none is */
export function stepService(clock: Pick<Clock, 'monotonicMs'>, pattern?: string): StepService {
  const lastLines = new Map<number, string>();
  let marks: readonly StepMark[] = [];
  const waiting = new Set<number>();
  return {
    note(rank, step) {
      marks = withStep(marks, { rank, step, atMs: clock.monotonicMs() });
    },
    noteLine(rank, line) {
      if (pattern === undefined || line === lastLines.get(rank) || !saysProgress(line, pattern)) return;
      lastLines.set(rank, line);
      const known = marks.find((mark) => mark.rank === rank);
      marks = withStep(marks, { rank, step: (known?.step ?? 0) + 1, atMs: clock.monotonicMs() });
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
