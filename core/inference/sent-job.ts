import type { InferJob } from '../job/job.ts';
import type { LeftOut } from './folder.ts';

/** A job as whoever starts a run leaves it for the plan. */
export interface SentJob extends InferJob {
  /** What was left out of folders where the run was started: the run itself saw only what was sent. */
  readonly skipped?: LeftOut;
}
