/**
 * The stores of a gang, in the words of the domain: none has more than six methods, none of them optional. Each has an
 * in-memory twin in adapters/memory that is the reference, one for AWS in adapters/aws, and one contract suite in
 * test/contract that both must pass. A lost race is a value, not an error.
 */

import type { AttemptEnd } from './attempt-end.ts';
import type { ControlWrite } from './control-write.ts';
import type { PoolLock, QueueEntry } from './queue/entry.ts';
import type { Arrival, Arrivals, Control, Member, Roster } from './records.ts';

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

/** The task token of the Run state: stored, beaten and answered by whoever gets there first. */
export interface Callback {
  store(runId: string, token: string): Promise<void>;
  /** False if the token is unknown or already answered; that is not an error. */
  heartbeat(runId: string): Promise<boolean>;
  succeed(runId: string, output: unknown): Promise<boolean>;
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
