/**
 * Every error that a user or a workflow can see.
 *
 * One base class, one table. A row of the table says who must act (`kind`), what happened (`cause`) and what to do
 * (`remedy`); docs/errors.md is generated from it and a test holds the two together. `name` equals `code`, because a
 * Lambda reports `name` as its errorType and that is what a Step Functions `Catch` or `Retry` matches.
 * A broken invariant is not in the table: `invariant()` throws a plain error and the process dies.
 */

import { DATA_ERRORS } from './data-errors.ts';
import { type ErrorKind, type ErrorRow, row } from './error-kinds.ts';

/** The stable codes. Add a row rather than reuse one that nearly fits; never rename one. Those of data are in data-errors.ts. */
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
  LS_CODE_REFUSED: row(
    'job',
    'A file that the job names cannot travel to the hosts.',
    'The message names the file; write "!PATH" into `task.files` to leave it out of a folder.',
  ),
  LS_PYTHON_ENVIRONMENT: row(
    'job',
    'The Python environment that `task.python` asks for could not be made.',
    'The message has the words of pip: correct the requirements, or let the hosts reach the index that has them.',
  ),
  LS_SECRET_UNREADABLE: row(
    'job',
    'A secret that `task.secrets` names cannot be read.',
    'The message names it and what was said: create it, correct the name, or let agents read it by the prop `secrets` of the stack.',
  ),
  LS_CODE_TOO_LARGE: row(
    'job',
    'The files of the job are too large to be fetched by every host before its tasks start.',
    'Leave out what the tasks do not read, with "!PATH" in `task.files`; training data belongs into `data`, or into a bucket that the tasks read themselves.',
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
  ...DATA_ERRORS,
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
  LS_NOT_RESUMABLE: row(
    'usage',
    'The run cannot be resumed: it trains, goes on, has committed, or left nothing to go on from.',
    'The message says which, and what to do instead.',
  ),
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
  LS_PREDICTOR_DIED: row(
    'infrastructure',
    'The process that predicts on a host ended without an answer, whoever tried.',
    'A SIGKILL mostly means too little memory: lower `limits.partitionBytes`, or name a larger instance type.',
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
  LS_DETACHED: row(
    'cancelled',
    'The command was told to stop watching a run; the run itself goes on.',
    'Watch it again with `lockstep attach`, or end it with `lockstep cancel`.',
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
