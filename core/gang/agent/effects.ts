/**
 * What an agent's step function is told and answers: two closed unions, shared by core/gang/agent/step.ts, which decides, and
 * those who do. Nothing here awaits. `drive` performs every StoreEffect and feeds back exactly one event for each, `seen`
 * or `unreachable`; the agent itself performs every HostEffect and sends the events that come of it.
 */

import type { BarrierResult } from '../barrier/result.ts';
import type { ControlWrite } from '../control-write.ts';
import type { Restart } from '../controller/restart.ts';
import type { Arrival, Arrivals, Cause, Control, Member, Roster, TaskExit, Unfit } from '../records.ts';

export type AgentEvent =
  /** Time passed; sent at least as often as the step asked for with `wake`. */
  | { readonly type: 'tick' }
  /**
   * A store answered `done`. Only what came back is in the view. `askedAtMs` is the monotonic time at which the question
   * was put, not the answer read: an agent that was paused in between must not take an old answer for news.
   */
  | { readonly type: 'seen'; readonly done: StoreEffect; readonly view: View; readonly askedAtMs: number }
  /** A store did not answer, so whether a write took place is not known. The network's failure, not the protocol's. */
  | { readonly type: 'unreachable'; readonly failed: StoreEffect }
  | { readonly type: 'accelerators'; readonly addresses: readonly string[] }
  /** The host cannot take part, e.g. because its disk is full. Said once at most; no `accelerators` need follow. */
  | { readonly type: 'unfit'; readonly why: Unfit; readonly detail: string }
  /** Where rank 0 will listen in the next attempt, should it be on this host; said before `clean`. */
  | { readonly type: 'masterPort'; readonly port: number }
  | { readonly type: 'tasksStarted' }
  | { readonly type: 'taskExited'; readonly rank: number; readonly exit: TaskExit }
  /** Every process that the attempt started is gone and its accelerators are free. */
  | { readonly type: 'clean' }
  | { readonly type: 'arrive'; readonly callId: string; readonly arrival: Arrival; readonly timeoutMs: number }
  | { readonly type: 'notice'; readonly kind: 'spot' | 'capacity-block' | 'rebalance'; readonly detail: string }
  /** A datagram from another agent: a hint to read the control item now, never a fact. */
  | { readonly type: 'hinted' };

export interface View {
  readonly control?: Control;
  readonly roster?: Roster;
  /** The latest roster sealed before this attempt, from which survivors keep their ranks. */
  readonly previousRoster?: Roster;
  /** The agent's own record as it is stored now; absent after a write that was refused. */
  readonly member?: Member;
  readonly members?: readonly Member[];
  readonly beats?: ReadonlyMap<string, number>;
  readonly arrivals?: { readonly epoch: number; readonly arrivals: Arrivals };
  readonly payloads?: { readonly epoch: number; readonly payloads: readonly (string | undefined)[] };
  /** Whether this instance has a lease that is not released. */
  readonly leased?: boolean;
}

export type AgentEffect =
  | { readonly type: 'read'; readonly attempt: number; readonly what: readonly Readable[] }
  | { readonly type: 'readBarrier'; readonly attempt: number; readonly epoch: number; readonly payloads: boolean }
  | { readonly type: 'writeControl'; readonly write: ControlWrite; readonly roster?: Roster }
  /** Leases first, then the write: begins the next attempt on the same hosts. */
  | { readonly type: 'restart'; readonly restart: Restart }
  | { readonly type: 'putMember'; readonly member: Member }
  | { readonly type: 'beat'; readonly attempt: number }
  | { readonly type: 'arrive'; readonly attempt: number; readonly epoch: number; readonly arrivals: readonly Arrival[] }
  | { readonly type: 'startTasks'; readonly roster: Roster; readonly resumeEpoch: number }
  /**
   * SIGTERM, grace, SIGKILL of everything the attempt started, then `clean`. The cause is undefined where the tasks have
   * ended by themselves and only what they left behind has to go.
   */
  | { readonly type: 'stopTasks'; readonly cause: Cause | undefined }
  | { readonly type: 'answer'; readonly callId: string; readonly result: BarrierResult }
  /** To every other host, or to the first of the roster alone. */
  | { readonly type: 'hint'; readonly to: 'all' | 'first' }
  | { readonly type: 'notifyTasks'; readonly directive: NonNullable<Control['directive']> }
  /** The attempt is over or on its way there: tell the workflow. */
  | { readonly type: 'callback'; readonly control: Control }
  /** Keeps the Run state of the workflow alive; one agent does it for the gang. */
  | { readonly type: 'callbackHeartbeat' }
  /** This host has no business here any more: power it off. */
  | { readonly type: 'shutdown'; readonly reason: string }
  /** Send a tick after this long at the latest. */
  | { readonly type: 'wake'; readonly afterMs: number };

export type Readable = 'control' | 'roster' | 'previousRoster' | 'members' | 'beats' | 'lease';

/** What the drive loop performs, through ports. */
export type StoreEffect = Extract<
  AgentEffect,
  {
    type:
      | 'read'
      | 'readBarrier'
      | 'writeControl'
      | 'restart'
      | 'putMember'
      | 'beat'
      | 'arrive'
      | 'callback'
      | 'callbackHeartbeat';
  }
>;

/** What the agent performs, on its host. */
export type HostEffect = Exclude<AgentEffect, StoreEffect | { type: 'wake' }>;
