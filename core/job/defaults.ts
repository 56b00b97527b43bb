/** What a job means where it says nothing. The job schema publishes these, and docs/job.schema.json shows them. */
import type { HostsRequest, InferLimits, Market, StreamBatching, StreamLimits, TrainLimits } from './job.ts';
import type { RowPolicy } from './row-policy.ts';

export const GANG_DEFAULTS = {
  tasksPerHost: 1,
  perTask: { gpu: 1 },
  zones: [] as readonly string[],
  markets: ['on-demand'] as readonly Market[],
  priority: 0,
} as const;

/** Queue time and all attempts of a run fit into one execution, which lives 21 days, see infra/training-workflow.ts. */
export const LONGEST_RUN_S = 20 * 24 * 3600;

/** As long as a gang can wait before the history of its execution is full, see core/gang/admit.ts. */
export const LONGEST_WAIT_S = 12 * 3600;

export const TRAIN_LIMITS: TrainLimits = {
  maxDurationS: 24 * 3600,
  maxQueueS: 1800,
  formTimeoutS: 600,
  barrierTimeoutS: 600,
  graceS: 10,
  checkpoints: 3,
  // Long enough for the rank that writes the model or evaluates it when the others are done.
  exitSpreadS: 6 * 3600,
  exitCodes: {},
  // An error of the user's own program comes back if the same program runs again.
  restarts: { user: 0, infrastructure: 3, preemption: 10 },
};

export const INFER_LIMITS: InferLimits = {
  partitionBytes: 32 * 1024 * 1024,
  microBatchRows: 8192,
  maxConcurrency: 16,
};

/** A bad row neither fails a run nor vanishes; many of them are no accident. */
export const ROW_POLICY: RowPolicy = {
  decode: 'fail',
  schema: 'fail',
  nullInput: 'deadLetter',
  shape: 'deadLetter',
  model: 'deadLetter',
  nonFinite: 'deadLetter',
  timeout: 'deadLetter',
  oom: 'deadLetter',
  toleratedRowFraction: 0.1,
};

export const STREAM_BATCHING: StreamBatching = { maxRows: 8192, maxBytes: 16 * 1024 * 1024, maxDelayMs: 20 };

export const STREAM_LIMITS: StreamLimits = { receives: 3, recordBytes: 64 * 1024 * 1024, microBatchRows: 8192 };

/** Name of the struct column that predictions are put into. */
export const PREDICTION_COLUMN = 'prediction';

/** The interpreter of a Python program that predicts. */
export const PYTHON = 'python3';

/** How long a module or program may take to load, and to answer. */
export const MODULE_TIMEOUT_S = 60;

/** Hosts that predict, where the job does not say otherwise. */
export const HOSTS_DEFAULTS: Omit<HostsRequest, 'max' | 'instanceTypes'> = {
  min: 1,
  zones: [],
  markets: ['on-demand'],
  maxDurationS: 24 * 3600,
  maxQueueS: 1800,
  partitionTimeoutS: 3600,
  replacements: 10,
};

/** An execution of inference lives seven days, see infra/inference-workflow.ts. */
export const LONGEST_WORK_S = 6 * 24 * 3600;
