/**
 * The records of a gang, one for each item of the table (docs/barrier.md has the layout and the protocol).
 *
 * `Control` is the hot item: small, read by everybody, and the only one on which transitions compete. Everything else
 * is either written once (roster), owned by one writer (member, heartbeat), or a set that only grows (arrivals).
 * Times inside records are for people to read; no decision compares them with another machine's clock.
 */
import type { TrainLimits } from '../job/job.ts';

/** In the order in which an attempt goes through them. STOPPING leads to DRAINED, and from there to the next or to an end. */
export const PHASES = [
  ...(['QUEUED', 'ACQUIRING', 'FORMING', 'STARTING', 'RUNNING'] as const),
  ...(['STOPPING', 'DRAINED', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const),
] as const;

export type Phase = (typeof PHASES)[number];

export interface Control {
  readonly runId: string;
  /** The execution that the run belongs to, since it was created. Nobody else's function acts for the gang. */
  readonly owner: string;
  /** One life of the gang: 0, 1, … Only ever raised, and only from DRAINED. */
  readonly attempt: number;
  readonly phase: Phase;
  /** Number of the current barrier within the attempt. Only ever raised, by one, by its release. */
  readonly epoch: number;
  /** Hosts of the gang, and tasks: ranks are 0 … worldSize-1. */
  readonly hosts: number;
  readonly worldSize: number;
  readonly specHash: string;
  /** Identifies the write that made this state, so that a writer whose reply was lost can recognise its own. */
  readonly opId: string;
  /** Why the attempt is stopping; set once an attempt. */
  readonly cause?: Cause;
  readonly directive?: Directive;
  /** Hosts that the controller ends because they are not clean in time: ended by us, and so not lost. */
  readonly overdue?: readonly string[];
  /** The search for hosts lets go of all that it has: none of them may be counted on until they are gone. */
  readonly givingBack?: true;
  /** Restarts charged so far. */
  readonly charged: Readonly<Record<'user' | 'infrastructure' | 'preemption', number>>;
}

/** An instruction to all ranks: to checkpoint, before this host is taken away. */
export interface Directive {
  readonly kind: 'checkpoint';
  readonly instanceId: string;
  /** For people. */
  readonly reason: string;
}

/**
 * First report of trouble. The verdict over all exit records may name another culprit. Decisions look at kinds, codes and
 * ids; `evidence`, `notice`, `detail` and `by` are sentences for people.
 */
export type Cause =
  | { readonly kind: 'task-failed'; readonly rank: number; readonly exit: TaskExit }
  | { readonly kind: 'host-lost'; readonly instanceId: string; readonly why: Loss; readonly evidence: string }
  | { readonly kind: 'host-unfit'; readonly instanceId: string; readonly why: Unfit; readonly evidence: string }
  | { readonly kind: 'preempted'; readonly instanceId: string; readonly notice: string }
  | { readonly kind: 'barrier-timeout'; readonly epoch: number; readonly missing: readonly number[] }
  | { readonly kind: 'barrier-mismatch'; readonly epoch: number; readonly detail: string }
  | { readonly kind: 'not-formed'; readonly missing: readonly string[] }
  | { readonly kind: 'limit'; readonly limit: TimeLimit; readonly valueS: number }
  | { readonly kind: 'cancelled'; readonly by: string };

/** How a host was missed: its heartbeat stood still, or the provider says that it is ending or has ended. */
export type Loss = 'silent' | 'gone';

/** Why a host cannot take part. A damaged code package is damaged on every host, what pip refuses it refuses on every host, and
 * a secret that one agent may not read no other may, so these are not the host's fault. */
export type Unfit =
  | 'accelerators-missing'
  | 'code-damaged'
  | 'environment-failed'
  | 'secret-unreadable'
  | 'disk-full'
  | 'not-prepared';

/** The limits of a job that end a run when they are reached. */
export type TimeLimit = keyof Pick<TrainLimits, 'maxDurationS' | 'maxQueueS'>;

/** How a task ended. `message` is the error that it reported in error.json, or the last lines of its standard error. */
export interface TaskExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly message?: string;
  /** True if it ended because the agent told it to: a victim, not a cause. */
  readonly stopped: boolean;
  /** The last step that it reported, where it did. */
  readonly step?: number;
  /** True if the agent ended it because it made no progress for `limits.stallS`. */
  readonly stalled?: boolean;
  /** True if a stranger had the master port when rank 0 wanted to listen there: core/launch/port-taken.ts. */
  readonly portTaken?: boolean;
}

export type MemberState = 'JOINED' | 'READY' | 'STARTED' | 'EXITED' | 'CLEAN';

/** A host's agent within one attempt. `bootId` and `nonce` tell a rebooted or restarted agent from the one that joined. */
export interface Member {
  readonly runId: string;
  readonly attempt: number;
  readonly instanceId: string;
  readonly bootId: string;
  readonly nonce: string;
  /** Raised by the agent with each version of the record: a store keeps the one with the highest, however late others come. */
  readonly seq: number;
  readonly state: MemberState;
  /** Address that the other hosts of the gang reach it by. */
  readonly address: string;
  /** Port of the agent's own listener for datagrams between agents; 0 if it has none. */
  readonly port: number;
  /** A free port that the tasks of the gang may meet on, should this host get rank 0. */
  readonly masterPort: number;
  readonly accelerators: readonly string[];
  /** What the provider said, once it has, of taking this host away: it is of no use to a later attempt. */
  readonly notice?: string;
  /** Why this host cannot take part, where it cannot: it is of no use to a later attempt either. */
  readonly unfit?: Unfit;
  /** Exit of each local rank, in STARTED and after. */
  readonly exits: Readonly<Record<number, TaskExit>>;
}

/** Sealed once an attempt: rank → host and addresses. */
export interface Roster {
  readonly runId: string;
  readonly attempt: number;
  readonly hosts: readonly RosterHost[];
  readonly masterAddress: string;
  readonly masterPort: number;
}

export interface RosterHost {
  readonly instanceId: string;
  readonly bootId: string;
  readonly nonce: string;
  readonly address: string;
  readonly port: number;
  readonly tasks: readonly RosterTask[];
}

export interface RosterTask {
  readonly rank: number;
  readonly localRank: number;
  /** Accelerator addresses, e.g. `["0"]`; the same address may serve several tasks if their amounts are fractions. */
  readonly accelerators: readonly string[];
}

/** What a rank brings to a barrier. `barrier` and `allGather` are different calls and must not meet. */
export interface Arrival {
  readonly rank: number;
  readonly kind: 'barrier' | 'allGather';
  /** Where in the user's code the call stands, for the message when calls do not match. */
  readonly callSite: string;
  /** allGather only; at most 64 KB. */
  readonly payload?: string;
}

/** The arrival item of one (attempt, epoch): a set, so that arriving twice is arriving once. */
export interface Arrivals {
  readonly kind: Arrival['kind'];
  readonly callSite: string;
  readonly ranks: readonly number[];
}
