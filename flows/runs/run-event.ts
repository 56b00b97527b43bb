import type { Phase } from '#core/gang/records.ts';
import type { PhaseOutcome } from '#core/runs/phases.ts';
import type { Progress } from '#core/training/progress.ts';

/** What somebody who follows a run is told, in the order in which it was seen. Times are epoch milliseconds. */
export type RunEvent = PhaseEvent | GangEvent | ProgressEvent | PartitionsEvent | LogEvent;

/** A phase has begun. `before` is how the one before it ended and `beforeMs` how long that took, where there was one. */
export interface PhaseEvent {
  readonly kind: 'phase';
  readonly phase: string;
  readonly from: number;
  readonly before?: PhaseOutcome;
  readonly beforeMs?: number;
}

/** The gang is in another attempt or phase than before. */
export interface GangEvent {
  readonly kind: 'gang';
  readonly attempt: number;
  readonly phase: Phase;
  /** Why the attempt stops, in a sentence, where it does. */
  readonly why?: string;
}

/** Rank 0 reported how far it is. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly progress: Progress;
}

/** Partitions of an inference run that have their predictions. */
export interface PartitionsEvent {
  readonly kind: 'partitions';
  readonly done: number;
  readonly of: number;
}

/** A task has written lines. Told only to those who ask for it. */
export interface LogEvent {
  readonly kind: 'log';
  readonly attempt: number;
  readonly rank: number;
  readonly lines: readonly string[];
}

/** The run goes on when it returns. */
export type OnRunEvent = (event: RunEvent) => Promise<void> | void;
