import { LockstepError } from '#core/errors.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';

/** Where to read on about a run that failed or was cancelled. */
export interface FailedRun {
  readonly kind: 'train' | 'infer' | 'pipeline';
  readonly runs: readonly string[];
  /** What became of each attempt of a gang. */
  readonly history?: readonly AttemptStory[];
  /** Folder of the logs, where tasks have written any. */
  readonly logs?: string;
  /** Path of the report. */
  readonly report: string;
}

/** The error that a run ended with. */
export class RunFailed extends LockstepError {
  readonly run: FailedRun;

  constructor(error: LockstepError, run: FailedRun) {
    super(error.code, error.message, { remedy: error.remedy, cause: error });
    this.run = run;
  }
}
