/**
 * Every error that a user or a workflow can see.
 *
 * One base class, one table. A row of the table says who must act (`kind`), what happened (`cause`) and what to do
 * (`remedy`); docs/errors.md is generated from it and a test holds the two together. `name` equals `code`, because a
 * Lambda reports `name` as its errorType and that is what a Step Functions `Catch` or `Retry` matches.
 * A broken invariant is not in the table: `invariant()` throws a plain error and the process dies.
 */

/** Who must act, which is also what decides the exit code of the command line. */
export type ErrorKind = 'usage' | 'job' | 'capacity' | 'data' | 'task' | 'infrastructure' | 'conflict' | 'cancelled';

/** Process exit codes, by the kind of the error. 0 is success, 1 a bug in Lockstep itself. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  usage: 2,
  job: 3,
  data: 4,
  capacity: 5,
  task: 6,
  infrastructure: 7,
  conflict: 8,
  cancelled: 130,
};

export interface ErrorRow {
  readonly kind: ErrorKind;
  /** True if the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  readonly cause: string;
  readonly remedy: string;
}

const row = (kind: ErrorKind, cause: string, remedy: string, retryable = false): ErrorRow => ({
  kind,
  retryable,
  cause,
  remedy,
});

/** The stable codes. Add a row rather than reuse one that nearly fits; never rename one. */
export const ERRORS = {
  LS_USAGE: row('usage', 'The command line was not understood.', 'Run `lockstep help`.'),
  LS_PORT_BUSY: row(
    'usage',
    'A port that was asked for is already in use.',
    'Stop the other program or ask for another port (0 picks a free one).',
  ),
  LS_JOB_NOT_FOUND: row('usage', 'The job file cannot be read.', 'Check the path and its permissions.'),
  LS_JOB_INVALID: row(
    'job',
    'The job document does not fit the schema.',
    'Correct the named fields; editors can check against docs/job.schema.json.',
  ),
  LS_JOB_COMMAND_MISSING: row(
    'job',
    'The program that the tasks should run does not exist.',
    'Give `task.module` or `task.command` something that is there and can run.',
  ),
  LS_JOB_IMPOSSIBLE: row(
    'job',
    'No instance type can satisfy what each host or task asks for.',
    'Ask for less a task, fewer tasks a host, or add a larger instance type.',
  ),
  LS_QUOTA: row(
    'capacity',
    'The gang is larger than the quota or the whole capacity of every candidate.',
    'Ask for fewer hosts, add instance types or zones, or have the quota raised.',
  ),
  LS_NO_CAPACITY: row(
    'capacity',
    'No candidate could supply the whole gang before the queue time ran out.',
    'Try later, add instance types, zones or markets, or raise `limits.maxQueueS`.',
    true,
  ),
  LS_LIMIT_EXCEEDED: row(
    'capacity',
    'The run reached a limit that the job sets.',
    'Raise the named limit if the run should be allowed more.',
  ),
  LS_DATA_UNREADABLE: row(
    'data',
    'The data source or input cannot be read.',
    'Check that it exists, that it may be read, and that its format is the one named.',
  ),
  LS_QUERY_FAILED: row('data', 'The warehouse refused or failed the query.', 'Run the query by itself and correct it.'),
  LS_DATA_EMPTY: row('data', 'The data source or input prefix holds nothing.', 'Check the prefix or the query.'),
  LS_DATA_TOO_FEW: row(
    'data',
    'The data lies in fewer objects than the gang has tasks, so some tasks would have none.',
    'Write the data as at least as many objects as there are tasks, or ask for fewer tasks.',
  ),
  LS_ARROW_CORRUPT: row(
    'data',
    'An Arrow file is damaged, truncated or not Arrow at all.',
    'Write the file again; a complete one ends with its footer and the magic ARROW1.',
  ),
  LS_ARROW_UNSUPPORTED: row(
    'data',
    'An Arrow or Parquet file uses a type, compression or layout that is not supported.',
    'See docs/inference.md for what is; convert the column.',
  ),
  LS_PARQUET_CORRUPT: row(
    'data',
    'A Parquet file is damaged or truncated.',
    'Write the file again; a complete one ends with its footer and the magic PAR1.',
  ),
  LS_PARQUET_UNSUPPORTED: row(
    'data',
    'A Parquet file is encrypted, spread over several files, or uses a compression that is not supported.',
    'See docs/inference.md for what is; write the file again.',
  ),
  LS_SCHEMA_DIFFERS: row(
    'data',
    'The objects of one input do not have the same columns.',
    'Give inputs of one kind to a run, or correct the object that the message names.',
  ),
  LS_MODEL_UNREADABLE: row('data', 'The model is missing or is not an ONNX model.', 'Export the model again as ONNX.'),
  LS_MODEL_MISMATCH: row(
    'data',
    'The model and the columns do not fit.',
    'Correct `columns` in the job, or the type and width of the column named.',
  ),
  LS_OUTPUTS_UNCLEAR: row(
    'data',
    'What the outputs of the model mean, and what `predict` says of them, do not go together.',
    'Say in `predict` what they mean: the message has lines that would do, docs/inference.md has all of them.',
  ),
  LS_ROWS_DEPEND: row(
    'data',
    'What the model gives for a row depends on the rows that run with it.',
    'Export the model for inference (no batch statistics, no dropout), or say `predict: { batchRows: N }`: exactly N rows a call, in their order. `batchRows: 1` runs each row alone.',
  ),
  LS_BATCH_TAIL: row(
    'data',
    'The last rows of a record batch do not fill a call of `predict.batchRows` rows.',
    'Say `predict: { tail: pad }` to fill the call up with copies of the last row, or write record batches of a multiple of it.',
  ),
  LS_NULL_INPUT: row(
    'data',
    'A column that the model reads has a row without a value.',
    'Fill or drop the rows with nulls; a null is never taken for a zero.',
  ),
  LS_INPUT_CHANGED: row(
    'data',
    'An input object was overwritten after the plan was made.',
    'Start a new run; never overwrite inputs of a run in progress.',
  ),
  LS_PREDICTION_FAILED: row(
    'task',
    'The model failed on rows of the input.',
    'The message names the object and the rows.',
  ),
  LS_PARTITION_TIMEOUT: row(
    'task',
    'A partition was not predicted within the time that one function call has.',
    'Lower `limits.partitionBytes`, or give the function more memory and with it more processor.',
    true,
  ),
  LS_PART_TOO_LARGE: row(
    'task',
    'The predictions of a partition, with the columns that are kept, do not fit one part of 1 GiB.',
    'Lower `limits.partitionBytes`, or keep fewer columns in `output.keep`.',
  ),
  LS_RUN_INCOMPLETE: row(
    'task',
    'Not every partition of the run has its predictions, so nothing was committed.',
    'Read why in the log of the function, then start a new run.',
  ),
  LS_TASK_FAILED: row(
    'task',
    'A task of the gang failed and its restart budget is used up.',
    'Read the log of the rank that the verdict names.',
  ),
  LS_BAD_CALL: row(
    'task',
    'A task asked its agent for something that does not exist or does not fit the context socket.',
    'Use an SDK of Lockstep, or correct the request that the message describes.',
  ),
  LS_CHECKPOINT_DAMAGED: row(
    'data',
    'A file of a checkpoint does not have the bytes that were saved.',
    'Do not touch objects below a run; start the run again, or delete its checkpoints/LATEST.json to begin from nothing.',
  ),
  LS_RESULT_INCOMPLETE: row(
    'task',
    'The result that rank 0 left does not hold what it lists.',
    'Do not touch objects below a run; start the run again.',
  ),
  LS_RESULT_FOREIGN: row(
    'task',
    'The result of the attempt that succeeded says that it is of another run or attempt.',
    'Do not touch objects below a run; start the run again.',
  ),
  LS_BARRIER_MISMATCH: row(
    'task',
    'Tasks met at a barrier with different calls, or one left while others wait.',
    'Make every rank call barrier and allGather in the same order.',
  ),
  LS_BARRIER_TIMEOUT: row(
    'task',
    'A barrier was not complete before its deadline.',
    'The message names the ranks that never came; read their logs.',
  ),
  LS_STALE_ATTEMPT: row(
    'conflict',
    'The caller belongs to an attempt that is over.',
    'Nothing to do: the current attempt goes on. Stop the old process.',
  ),
  LS_NOT_SUCCEEDED: row(
    'conflict',
    'An attempt was to be published that the run has not succeeded with.',
    'Nothing to do: what the run succeeds with is published by its own workflow. Do not call Publish by hand.',
  ),
  LS_ALREADY_COMMITTED: row(
    'conflict',
    'The destination holds a committed result of another run.',
    'Choose another destination or a new run id.',
  ),
  LS_RUN_EXISTS: row('conflict', 'A run with this id exists.', 'Choose another run id.'),
  LS_RUN_NOT_FOUND: row('usage', 'No run has this id here.', 'List the runs with `lockstep status`.'),
  LS_HOST_LOST: row(
    'infrastructure',
    'Hosts were lost and the restart budget for that is used up.',
    'Raise `limits.restarts`, or choose a steadier market.',
  ),
  LS_GANG_NOT_FORMED: row(
    'infrastructure',
    'Hosts were launched but did not all join in time.',
    'Read the agent logs of the hosts that are named.',
    true,
  ),
  LS_ACCELERATORS_MISSING: row(
    'infrastructure',
    'A host found fewer healthy accelerators than its tasks need.',
    'The host is replaced; if it happens again check the image and its driver.',
    true,
  ),
  LS_HOST_UNFIT: row(
    'infrastructure',
    'A host could not be prepared for the tasks, and the restart budget for that is used up.',
    'Read the message: it names the host and what it lacked, e.g. space on its disk.',
  ),
  LS_CODE_DAMAGED: row(
    'job',
    'The code package of the run cannot be unpacked, on any host.',
    'Start the run again, so that the package is made and uploaded again.',
  ),
  LS_FLEET_REFUSED: row(
    'infrastructure',
    'EC2 refused the request for a reason that more shopping cannot cure.',
    'The message carries the raw code; correct permissions or configuration.',
  ),
  LS_TEARDOWN_FAILED: row(
    'infrastructure',
    'Hosts could not be confirmed as terminated.',
    'The reaper keeps trying; look at the instances that are named.',
    true,
  ),
  LS_UNAVAILABLE: row(
    'infrastructure',
    'A service that Lockstep depends on did not answer.',
    'Check the network and the service; then run again.',
    true,
  ),
  LS_STATE_UNUSABLE: row(
    'infrastructure',
    'The disk or the folder in which Lockstep keeps its state on this machine cannot be used.',
    'Free space on it, or let LOCKSTEP_HOME name a folder that can be written.',
  ),
  LS_WORKFLOW_FAILED: row(
    'infrastructure',
    "The workflow ended for a reason that is none of Lockstep's own errors.",
    'The message carries what the service said; look at the execution and at the logs of its functions.',
  ),
  LS_CANCELLED: row('cancelled', 'The run was cancelled.', 'Start it again when wanted.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Replaces the table's remedy where the situation allows a more exact one. */
  readonly remedy?: string;
}

/** An error that somebody can act on. The message says what was expected, what was got, and where. */
export class LockstepError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.remedy = options.remedy ?? ERRORS[code].remedy;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

export const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(ERRORS, value);

/** Crashes on a broken invariant: a bug of ours, never something a user did. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
