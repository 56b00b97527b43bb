/** What the agent and the process that predicts say to each other. */
import type { PartitionTask } from '#core/inference/state.ts';

export interface PartitionRequest {
  readonly task: PartitionTask;
  readonly processors: number;
  /** What it may take at most. */
  readonly timeoutMs: number;
}

/** Committed, or why not: `code` where it is one of core/errors.ts. */
export type PartitionAnswer = { readonly rows: number } | { readonly code?: string; readonly message: string };
