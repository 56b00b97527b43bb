/**
 * The context socket's contract: HTTP with JSON over a Unix socket, so that any language can speak it. The agent serves
 * it, the SDKs call it. A request carries `authorization: Bearer <LOCKSTEP_TASK_TOKEN>`, which says whose it is.
 */

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
  readonly format: 'parquet';
  readonly shards: readonly { readonly index: number; readonly key: string; readonly sizeBytes: number }[];
}

export interface ShardFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Body of `POST /checkpoint`, which makes files put before with `PUT /checkpoint/<step>/<name>` the latest. */
export interface CheckpointCommit {
  readonly step: number;
  readonly files: readonly string[];
}

/** Answer of `GET /checkpoint`; the bytes are at `GET /checkpoint/<step>/<name>`. */
export interface CheckpointAnswer {
  readonly latest: null | {
    /** The attempt that saved it, which may be an earlier one. */
    readonly attempt: number;
    readonly step: number;
    readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly sha256: string }>>;
  };
}

/** Body of `POST /progress`. */
export interface ProgressReport {
  readonly step: number;
  readonly of: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Body of `POST /result`, after `PUT /result/<name>` of each file. Rank 0 only. */
export interface ResultReport {
  readonly metrics: Readonly<Record<string, number>>;
  readonly files: readonly string[];
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
