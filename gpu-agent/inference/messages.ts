/** What the agent and the process that predicts say to each other. */
import type { PartitionTask } from '#core/inference/state.ts';

export type RunnerRequest = PartitionRequest | PlanRequest;

/** Make the plan of a run, or find it made. */
export interface PlanRequest {
  readonly plan: { readonly runId: string; readonly jobUri: string };
}

export interface PartitionRequest {
  readonly task: PartitionTask;
  readonly processors: number;
  /** What it may take at most. */
  readonly timeoutMs: number;
}

/** Done, or why not: `code` where it is one of core/errors.ts. */
export type RunnerAnswer = { readonly done: true } | { readonly code?: string; readonly message: string };
