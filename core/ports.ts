/**
 * The world as core sees it: small interfaces in the words of the domain, none with more than six methods, none
 * optional. Each has an in-memory twin in adapters/memory that is the reference, an AWS one in adapters/aws, and one
 * contract suite in test/contract that both must pass. A lost race is a value, not an error.
 */
import type { AttemptEnd } from './gang/journal.ts';
import type { Arrival, Arrivals, Control, Member, Phase, Roster } from './gang/state.ts';

export type {
  CooldownStore,
  Fleet,
  Host,
  LaunchFailure,
  LaunchRequest,
  LaunchResult,
  LeaseStore,
} from './fleet/ports.ts';

export interface Clock {
  /** Epoch milliseconds, for records that people read. */
  wallMs(): number;
  /** Milliseconds of a clock that never jumps; the only one that decisions use. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** Sortable, unique, lower case, at most 26 characters. */
  next(): string;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A transition of the control item: applied only if the stored item still fits `where`. */
export interface ControlWrite {
  readonly runId: string;
  readonly where: ControlCondition;
  readonly set: Partial<Omit<Control, 'runId' | 'opId'>>;
  /** Names this write; the same write repeated after a lost reply carries the same. */
  readonly opId: string;
}

export interface ControlCondition {
  readonly attempt: number;
  readonly phaseIn: readonly Phase[];
  readonly epoch?: number;
}

/** `control` is the item as it is after the call: on a lost race the state that won. */
export interface WriteResult {
  readonly won: boolean;
  readonly control: Control | undefined;
}

/** The control item and the roster that is sealed together with it. */
export interface ControlStore {
  create(control: Control): Promise<WriteResult>;
  /** Strongly consistent. */
  read(runId: string): Promise<Control | undefined>;
  write(write: ControlWrite): Promise<WriteResult>;
  /** One transaction: the control write, and the roster if there is none of that attempt yet. */
  seal(write: ControlWrite, roster: Roster): Promise<WriteResult>;
  /** One transaction: the control write that ends an attempt, and the entry of the journal that says how it ended. */
  close(write: ControlWrite, end: AttemptEnd): Promise<WriteResult>;
  roster(runId: string, attempt: number): Promise<Roster | undefined>;
}

/** How the attempts of a gang ended, for people: not read by any protocol. */
export interface Journal {
  /** One entry an attempt that the controller has ended, the first one first. */
  endings(runId: string): Promise<readonly AttemptEnd[]>;
}

/** Member records and heartbeats. A heartbeat is a counter: observers time its standing still on their own clocks. */
export interface MemberStore {
  /** First record of a member; refused (false) if another boot or agent of that instance holds it. */
  join(member: Member): Promise<boolean>;
  /** Replaces the record of the same bootId and nonce; false if it is another's. */
  update(member: Member): Promise<boolean>;
  list(runId: string, attempt: number): Promise<readonly Member[]>;
  beat(runId: string, attempt: number, instanceId: string): Promise<void>;
  /** instanceId → counter. */
  beats(runId: string, attempt: number): Promise<ReadonlyMap<string, number>>;
}

/** Arrivals at barriers. */
export interface BarrierStore {
  /**
   * Adds ranks to the set of (attempt, epoch) in one write and returns the set as it is after it. If the item is of
   * another kind nothing is added and the stored item is returned: the caller compares kinds.
   */
  arrive(at: BarrierAt, arrivals: readonly Arrival[]): Promise<Arrivals>;
  arrivals(at: BarrierAt): Promise<Arrivals | undefined>;
  /** Payloads of an allGather, index = rank; undefined where a rank has none yet. */
  payloads(at: BarrierAt, worldSize: number): Promise<readonly (string | undefined)[]>;
}

export interface BarrierAt {
  readonly runId: string;
  readonly attempt: number;
  readonly epoch: number;
}

/** Objects in S3, addressed by `s3://bucket/key`. An etag is opaque: it is given back as the store gave it. */
export interface Objects {
  /**
   * Bytes from `start` up to but not including `end`, as far as the object has them; the whole object without a range.
   * LS_DATA_UNREADABLE if there is no such object, LS_INPUT_CHANGED if its etag is not the one given.
   */
  get(uri: string, range?: ObjectRange): Promise<ObjectBody>;
  /**
   * `ifMatch`: an etag to replace, or `absent` to create only. A lost race is `{ won: false }` with the etag of what is
   * there instead, if anything is.
   */
  put(uri: string, body: Uint8Array, condition?: { readonly ifMatch: string | 'absent' }): Promise<PutResult>;
  head(uri: string): Promise<ObjectHead | undefined>;
  /** Every object whose URI begins with this one, in the order of the keys' bytes. */
  list(uri: string): AsyncIterable<ObjectHead>;
  /** Objects that are not there are no error. */
  delete(uris: readonly string[]): Promise<void>;
}

export interface ObjectRange {
  readonly start: number;
  readonly end: number;
  /** The object must still have this etag. */
  readonly etag?: string;
  /** Memory for as many bytes, which the store may use for what it reads: the answer may be a view of it. */
  readonly into?: Uint8Array;
}

export interface ObjectHead {
  readonly uri: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface ObjectBody extends ObjectHead {
  readonly bytes: Uint8Array;
}

export interface PutResult {
  readonly won: boolean;
  readonly etag: string | undefined;
}

/** The task token of the Run state: stored, beaten and answered by whoever gets there first. */
export interface Callback {
  store(runId: string, token: string): Promise<void>;
  /** False if the token is unknown or already answered; that is not an error. */
  heartbeat(runId: string): Promise<boolean>;
  succeed(runId: string, output: unknown): Promise<boolean>;
}

/** SQL over a warehouse whose result lands as Parquet objects below a prefix. */
export interface Warehouse {
  /** Returns the id of the query; asked again for the same output it starts no second one. `outputUri` ends in `/`. */
  start(query: { readonly database: string; readonly sql: string; readonly outputUri: string }): Promise<string>;
  poll(queryId: string): Promise<QueryStatus>;
  stop(queryId: string): Promise<void>;
}

export type QueryStatus =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly reason: string };

/** The list of runs, for people: not read by any protocol. */
export interface Runs {
  /** First record of a run; a later one of the same run is ignored. */
  record(run: RunRecord): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<readonly RunRecord[]>;
}

export interface RunRecord {
  readonly runId: string;
  readonly kind: 'train' | 'infer';
  readonly job: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** Gangs that wait for hosts or have them: one entry a gang from its first admission until it is over. */
export interface GangQueue {
  /** Adds the entry of a gang, or replaces it. */
  put(entry: QueueEntry): Promise<void>;
  remove(runId: string): Promise<void>;
  list(): Promise<readonly QueueEntry[]>;
  /** Takes the lock of a pool if it is free, expired at `nowS` or the gang's own; answers with the lock as it is then. */
  lock(pool: string, want: { readonly runId: string; readonly nowS: number; readonly ttlS: number }): Promise<PoolLock>;
  /** Gives the lock back if this gang holds it. */
  unlock(pool: string, runId: string): Promise<void>;
}

export interface QueueEntry {
  readonly runId: string;
  readonly jobUri: string;
  readonly priority: number;
  readonly queuedAtS: number;
  /** When the gang last asked; one that waits and stopped asking does not hold up others. */
  readonly askedAtS: number;
  readonly admitted: boolean;
  readonly instanceTypes: readonly string[];
  /** What the sweep saw last, to tell standing still from moving. */
  readonly watch?: GangWatch;
}

/** Times are the sweep's own. */
export interface GangWatch {
  readonly attempt: number;
  readonly phase: Phase;
  /** Since when attempt and phase are these. */
  readonly sinceS: number;
  /** Sum of all heartbeat counters of the attempt, and since when it has stood still. */
  readonly beats: number;
  readonly beatsSinceS: number;
}

/** One gang at a time acquires from a pool. */
export interface PoolLock {
  readonly runId: string;
  readonly untilS: number;
  /** Raised each time the lock changes hands. */
  readonly fence: number;
}

/** How far a run has come, for people: not read by any protocol. */
export interface ProgressStore {
  put(runId: string, progress: Progress): Promise<void>;
  get(runId: string): Promise<Progress | undefined>;
}

/** Rank 0's own words, with the attempt that they belong to. */
export interface Progress {
  readonly attempt: number;
  readonly step: number;
  readonly of: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The deployed workflows, as whoever starts and watches runs sees them. */
export interface Workflows {
  /** Starts an execution named after the run and returns its id. LS_RUN_EXISTS if the name is taken. */
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
}
