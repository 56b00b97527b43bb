/**
 * What travels between the states of the training workflow. Every Lambda of the training workflow takes the whole state and
 * returns it with what it changed; a Choice follows `next`. It stays far under 32 KB whatever the size of the run.
 */
import type { Refusal } from '../fleet/search.ts';

export interface TrainingState {
  readonly runId: string;
  /** The execution itself, by its ARN: set by the workflow's first state, never by whoever starts it. */
  readonly execution: { readonly id: string };
  /** `s3://bucket/runs/<runId>/job.json`: the resolved TrainJob. */
  readonly jobUri: string;
  /** Seconds since the epoch at which the run entered the queue; set by Validate. */
  readonly queuedAt?: number;
  readonly attempt?: number;
  /** Index into the plan of candidates, and how often the plan was gone through. */
  readonly candidate?: number;
  readonly round?: number;
  /** Epoch seconds at which a later attempt began to look for hosts; set and cleared by Acquire. */
  readonly searchSince?: number;
  /** What the pools have answered in this pass through the plan; set by Acquire. */
  readonly refusals?: readonly Refusal[];
  /** Warehouse query that Stage waits for. */
  readonly queryId?: string;
  readonly next?: TrainingNext;
  /** How long the Wait state pauses before `next` is entered again. */
  readonly waitS?: number;
  /** Output of the Run state: what SendTaskSuccess carried. */
  readonly outcome?: GangOutcome;
  /** Seconds since the epoch at which Decide began to wait for the end of the attempt; set while it waits. */
  readonly stoppingSince?: number;
  /** Set by Decide when the run is lost; Release runs before the execution fails with it. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Committed result; set by Publish. */
  readonly manifestUri?: string;
}

export type TrainingNext = 'stage' | 'admit' | 'acquire' | 'run' | 'decide' | 'publish' | 'release';

/** Why the Run state ended. The control item holds the details. */
export type GangOutcome = {
  readonly phase: 'SUCCEEDED' | 'STOPPING' | 'DRAINED' | 'CANCELLED';
  readonly attempt: number;
};
