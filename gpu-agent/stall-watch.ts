import { setTimeout as delay } from 'node:timers/promises';
import { type StepMark, stalled, stallReason } from '#core/launch/stall.ts';
import type { Clock } from '#core/system/ports.ts';

export interface StallWatch {
  readonly clock: Clock;
  /** Undefined: nothing counts as stalled. */
  readonly stallS: number | undefined;
  /** Of the tasks that run. */
  readonly marks: () => readonly StepMark[];
  readonly end: (rank: number, reason: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 500;

/** Ends the first task that is found to be stalled, and then looks no more: its exit stops the gang. */
export async function watchForStall({ clock, stallS, marks, end, signal }: StallWatch): Promise<void> {
  if (stallS === undefined) return;
  while (!signal.aborted) {
    const mark = stalled(marks(), clock.monotonicMs(), stallS * 1000);
    if (mark !== undefined) return end(mark.rank, stallReason(mark, stallS));
    await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}
