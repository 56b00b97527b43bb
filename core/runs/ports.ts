/** Runs as those see them who start, follow and end them. */

/** The list of runs, for people: not read by any protocol. */
export interface Runs {
  /** First record of a run; a later one of the same run is ignored. */
  record(run: RunRecord): Promise<void>;
  find(runId: string): Promise<RunRecord | undefined>;
  /** By `startedAt`, newest first. */
  list(limit: number): Promise<readonly RunRecord[]>;
}

export interface RunRecord {
  readonly runId: string;
  readonly kind: 'train' | 'infer';
  readonly job: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Id of its execution, where that does not follow from the id of the run: an event started it. */
  readonly execution?: string;
}

/** The deployed workflows, as whoever starts and watches runs sees them. */
export interface Workflows {
  /**
   * Starts an execution named after the run and returns its id, also where the same start is repeated while it runs.
   * LS_RUN_EXISTS if the name is taken.
   */
  start(workflow: WorkflowName, runId: string, input: unknown): Promise<string>;
  /** Id that the execution of a run has if it was started by `start`. */
  executionId(workflow: WorkflowName, runId: string): string;
  /** Newest first: ids of executions, also of those that an event started. */
  recent(workflow: WorkflowName): Promise<readonly string[]>;
  /** Undefined where there is no such execution. */
  describe(executionId: string): Promise<Execution | undefined>;
  /** In the order in which they were entered. */
  visits(executionId: string): Promise<readonly StateVisit[]>;
  /** Ends an execution that runs; one that has ended is left alone. */
  stop(executionId: string, reason: string): Promise<void>;
}

export type WorkflowName = 'training' | 'inference';

export interface Execution {
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly input: unknown;
  /** Epoch milliseconds; undefined while it runs. */
  readonly endedAt?: number;
  /** Where it succeeded. */
  readonly output?: unknown;
  /** Where it failed: a code of core/errors.ts, or what the service calls it. */
  readonly failure?: { readonly code: string; readonly message: string };
}

/** One stay of an execution in a state; times in epoch milliseconds. */
export interface StateVisit {
  readonly state: string;
  readonly enteredAt: number;
  /** Undefined while the execution is in the state. */
  readonly exitedAt?: number;
  /** True if what the state did failed in the end, also where the workflow caught that, or the execution ended in it. */
  readonly hasFailed?: true;
}
