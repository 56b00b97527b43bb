/**
 * The read model of runs: what a list, a report, a page and a client of another language show of a run. Everything is
 * plain data that survives JSON. Times are epoch milliseconds.
 */
import type { Phase } from '#core/gang/records.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import type { RunStatus } from '#core/runs/failure.ts';
import type { Stay } from '#core/runs/phases.ts';
import type { RunRecord } from '#core/runs/ports.ts';
import type { Progress } from '#core/training/progress.ts';

/** A run as a line of a list. */
export interface RunView extends RunRecord {
  /** `unknown` where its execution is so old that nothing remembers it, and it left no manifest. */
  readonly state: RunStatus | 'unknown';
  readonly endedAt?: number;
  /** How often an inference run was resumed after it had failed or was cancelled; absent where never. */
  readonly resumed?: number;
  /** Where it failed or was cancelled: a code of core/errors.ts and what it says. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Of a training run, once it has a gang. */
  readonly gang?: { readonly phase: Phase; readonly attempt: number };
  /** What rank 0 reported last. */
  readonly progress?: Progress;
  /** What became of each attempt of the gang; empty for a run without one. */
  readonly history: readonly AttemptStory[];
}

/** A run with all that is known of it without its logs and outputs. */
export interface RunDetails extends RunView {
  readonly stays: readonly Stay[];
  /** Every lease that the run has or had. */
  readonly hosts: readonly HostView[];
  /** Of an inference run that has a plan. */
  readonly partitions?: { readonly done: number; readonly of: number };
  /** URI of the committed manifest. */
  readonly outputs?: string;
}

/** A host of a run over the time that the run had it. */
export interface HostView {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: string;
  /** One of its accelerators, by its type; absent where the type has none. */
  readonly accelerator?: { readonly model: string; readonly memoryGiB: number };
  readonly acquiredAt: number;
  /** Undefined while it is held. */
  readonly releasedAt?: number;
}
