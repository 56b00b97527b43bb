/**
 * The context socket's contract: HTTP with JSON over a Unix socket, so that any language can speak it. The agent serves
 * it, the SDKs call it. A request carries `authorization: Bearer <LOCKSTEP_TASK_TOKEN>`, which says whose it is.
 */

import type { Metrics } from '#core/training/metrics.ts';

/** Answer of `GET /task`. */
export interface TaskDescription {
  readonly runId: string;
  readonly attempt: number;
  readonly rank: number;
  readonly worldSize: number;
  readonly localRank: number;
  readonly localWorldSize: number;
  /** Resource name → addresses, as in Spark's TaskContext.resources(). */
  readonly resources: Readonly<Record<string, { readonly addresses: readonly string[] }>>;
  /** Positions of the task's own accelerators among those that it sees: `cuda:<devices[0]>` is its first. */
  readonly devices: readonly number[];
  /** Every task of the gang; index = rank. */
  readonly taskInfos: readonly TaskInfo[];
  readonly masterAddress: string;
  readonly masterPort: number;
  /** Deadline of a wait that does not give its own. */
  readonly barrierTimeoutMs: number;
}

export interface TaskInfo {
  readonly rank: number;
  readonly localRank: number;
  readonly instanceId: string;
  readonly address: string;
}

/** Body of `POST /barrier`; `POST /allGather` adds `payload`. */
export interface BarrierRequest {
  readonly callSite: string;
  readonly timeoutMs?: number;
}

export interface AllGatherRequest extends BarrierRequest {
  /** At most 64 KB as UTF-8. */
  readonly payload: string;
}

export interface BarrierAnswer {
  readonly epoch: number;
  /** allGather only; index = rank. */
  readonly payloads?: readonly string[];
}

/** Answer of `GET /shards`: this rank's part of the training data, on this host's disk after `GET /shards/<index>`. */
export interface ShardList {
  readonly shards: readonly {
    readonly index: number;
    readonly key: string;
    /** Of the whole object. */
    readonly sizeBytes: number;
    /** Rows of the object that the file holds, `to` not among them; without, it holds all. */
    readonly rows?: { readonly from: number; readonly to: number };
  }[];
}

export interface ShardFile {
  /** A Parquet file as it was found, or an Arrow IPC file; its name ends in `.parquet` or `.arrow`. */
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Files of a checkpoint are put one by one with `PUT /checkpoint/<step>/<name>`: any number of bytes, streamed; the name
 * is a relative path whose folders are separated by `/`, URL-encoded by segment or whole. Nothing of them is visible, and
 * no earlier file is touched, until this body of `POST /checkpoint` makes them the newest checkpoint.
 */
export interface CheckpointCommit {
  readonly step: number;
  /** Names that this task put for this step. */
  readonly files: readonly string[];
  /**
   * True for a checkpoint that all ranks save together, each its own files: a collective call that every rank must make
   * for the same step, and that returns on each once the whole is committed. Default: false.
   */
  readonly shared?: boolean;
  /** With `shared`: how long to wait for the other ranks. Default: the job's. */
  readonly timeoutMs?: number;
}

/**
 * Answer of `GET /checkpoint`: what this attempt goes on from, chosen when the attempt began and the same for every rank
 * however late it asks; with `?newest=true` what was saved last, by this attempt as well.
 * A file's bytes are at `GET /checkpoint/<step>/<name>`, checked against the hash before the first is sent.
 */
export interface CheckpointAnswer {
  readonly latest: null | {
    /** The attempt that saved it, which may be an earlier one. */
    readonly attempt: number;
    readonly step: number;
    /** A name may be any text, `__proto__` as well. */
    readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly sha256: string }>>;
  };
}

/** Answer of `GET /checkpoint/<step>/<name>?path=true`: the file on this host, which tasks of the host share and may read. */
export interface CheckpointFileAnswer {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Body of `POST /progress`. What is no metric is left out and named in the answer; it is never an error. */
export interface ProgressReport {
  readonly step: number;
  readonly of: number;
  readonly metrics?: Metrics;
}

/**
 * Body of `POST /result`, after `PUT /result/<name>` of each file (names as for checkpoints, any size). Rank 0 only. The
 * last one counts, as a whole: it lists every file, also those of a result reported before.
 */
export interface ResultReport {
  readonly metrics: Metrics;
  readonly files: readonly string[];
}

/** Answer of `POST /progress` and `POST /result`: names of metrics that were left out. */
export interface MetricsAnswer {
  readonly ignored: readonly string[];
}

/** Answer of `GET /cancelled?waitMs=…`, which returns early when either changes. */
export interface CancelledAnswer {
  readonly cancelled: boolean;
  readonly reason?: string;
  /** Set while all ranks are asked to save a checkpoint at their next step. */
  readonly checkpointRequested: boolean;
}

/** Body of every answer whose status is 4xx or 5xx. */
export interface WireError {
  readonly code: string;
  readonly message: string;
}

/** Variables by which a task finds its socket. */
export const TASK_ENV = {
  socket: 'LOCKSTEP_SOCKET',
  token: 'LOCKSTEP_TASK_TOKEN',
  scratch: 'LOCKSTEP_SCRATCH',
  errorFile: 'LOCKSTEP_ERROR_FILE',
  attemptId: 'LOCKSTEP_ATTEMPT_ID',
} as const;
