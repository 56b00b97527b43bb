/**
 * The stores of a gang, in the words of the domain: none has more than six methods, none of them optional. Each has an
 * in-memory twin in adapters/memory that is the reference, one for AWS in adapters/aws, and one contract suite in
 * test/contract that both must pass. A lost race is a value, not an error.
 */

import type { AttemptEnd } from './attempt-end.ts';
import type { ControlWrite } from './control-write.ts';
import type { PoolLock, QueueEntry } from './queue/entry.ts';
import type { Arrival, Arrivals, Control, Member, Phase, Roster } from './records.ts';
import type { RunVisit } from './run-visit.ts';

/**
 * Methods that an agent calls take a signal: a request that it has given up is aborted, so that it is not sent again. One
 * that was sent may still take effect late; conditions and sequence numbers make that harmless.
 */

/** `control` is the item as it is after the call: on a lost race the state that won. */
export interface WriteResult {
  readonly won: boolean;
  readonly control: Control | undefined;
}

/** What a transition brings into being: the roster of an attempt that begins, and how the one ended that is over. */
export interface Beside {
  readonly roster?: Roster;
  readonly end?: AttemptEnd;
}

/** The control item, and what is written together with it. */
export interface ControlStore {
  create(control: Control): Promise<WriteResult>;
  /** Strongly consistent. */
  read(runId: string, signal?: AbortSignal): Promise<Control | undefined>;
  write(write: ControlWrite, signal?: AbortSignal): Promise<WriteResult>;
  /** One transaction: the control write, and what comes into being with it, all or nothing: none of it replaces what is there. */
  commit(write: ControlWrite, beside: Beside, signal?: AbortSignal): Promise<WriteResult>;
  roster(runId: string, attempt: number, signal?: AbortSignal): Promise<Roster | undefined>;
}

/** How the attempts of a gang ended, for people: not read by any protocol. */
export interface Journal {
  /** One entry an attempt that the controller has ended, the first one first. */
  endings(runId: string): Promise<readonly AttemptEnd[]>;
}

/** Member records and heartbeats. A heartbeat is a counter: observers time its standing still on their own clocks. */
export interface MemberStore {
  /**
   * Writes the record of an agent, unless there is one of the same agent with this `seq` or a higher one: it never goes
   * back. Answers with the record as it is then; undefined if another boot or agent of that instance holds it.
   */
  put(member: Member, signal?: AbortSignal): Promise<Member | undefined>;
  list(runId: string, attempt: number, signal?: AbortSignal): Promise<readonly Member[]>;
  beat(runId: string, attempt: number, instanceId: string, signal?: AbortSignal): Promise<void>;
  /** instanceId → counter. */
  beats(runId: string, attempt: number, signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
}

/** Arrivals at barriers. */
export interface BarrierStore {
  /**
   * Adds ranks to the set of (attempt, epoch) in one write and returns the set as it is after it. If the item is of
   * another kind nothing is added and the stored item is returned: the caller compares kinds.
   */
  arrive(at: BarrierAt, arrivals: readonly Arrival[], signal?: AbortSignal): Promise<Arrivals>;
  arrivals(at: BarrierAt, signal?: AbortSignal): Promise<Arrivals | undefined>;
  /** Payloads of an allGather, index = rank; undefined where a rank has none yet. */
  payloads(at: BarrierAt, worldSize: number, signal?: AbortSignal): Promise<readonly (string | undefined)[]>;
}

export interface BarrierAt {
  readonly runId: string;
  readonly attempt: number;
  readonly epoch: number;
}

/** The task token of the Run state: stored, beaten and answered by whoever gets there first. */
export interface Callback {
  /** Keeps the token of a visit of the Run state, unless that of a later visit is there: false then. */
  store(runId: string, visit: RunVisit, token: string): Promise<boolean>;
  /** False if the token is unknown or already answered; that is not an error. */
  heartbeat(runId: string, signal?: AbortSignal): Promise<boolean>;
  /**
   * Answers the token of the outcome's attempt or, where agents have begun that by themselves, of an earlier one that still
   * waits; never of a later one. False where there is none, or it is answered.
   */
  succeed(runId: string, outcome: Outcome, signal?: AbortSignal): Promise<boolean>;
}

/** How the Run state of an attempt ends. */
export interface Outcome {
  readonly phase: Phase;
  readonly attempt: number;
}

/** Gangs that wait for hosts or have them: one entry a gang from its first admission until it is over. */
export interface GangQueue {
  /** Adds the entry of a gang that asks for admission, or renews it; one that is admitted is left as it is. */
  put(entry: QueueEntry): Promise<void>;
  /** Notes something in the entry of a gang, if there is one: a gang that was removed does not come back by it. */
  note(runId: string, change: Partial<Pick<QueueEntry, 'admitted' | 'watch'>>): Promise<void>;
  remove(runId: string): Promise<void>;
  list(): Promise<readonly QueueEntry[]>;
  /** Takes the lock of a pool if it is free, expired at `nowS` or the gang's own; answers with the lock as it is then. */
  lock(pool: string, want: { readonly runId: string; readonly nowS: number; readonly ttlS: number }): Promise<PoolLock>;
  /** Gives the lock back if this gang holds it. */
  unlock(pool: string, runId: string): Promise<void>;
}
