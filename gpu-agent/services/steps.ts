import { type StepMark, withStep } from '#core/launch/stall.ts';
import type { Clock } from '#core/system/ports.ts';

/** How far each task of this host has come, by what it reports itself. */
export interface StepService {
  note(rank: number, step: number): void;
  marks(): readonly StepMark[];
}

export function stepService(clock: Pick<Clock, 'monotonicMs'>): StepService {
  let marks: readonly StepMark[] = [];
  return {
    note(rank, step) {
      marks = withStep(marks, { rank, step, atMs: clock.monotonicMs() });
    },
    marks: () => marks,
  };
}
