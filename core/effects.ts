/**
 * What an agent's step function hears and answers: two closed unions, shared by core/gang/member.ts, which decides, and
 * gpu-agent, which does. Nothing here awaits; `drive` performs the writes and feeds their results back as `seen`.
 */
import type { Arrival, Arrivals, Cause, Control, Member, Roster, TaskExit } from './gang/state.ts';
import type { ControlWrite } from './ports.ts';

export type AgentEvent =
  /** Time passed; sent at least as often as the step asked for with `wake`. */
  | { readonly type: 'tick' }
  /** Something was read, or came back with a write. Only what was read is present. */
  | { readonly type: 'seen'; readonly view: View }
  /** A read or write failed; the network, not the protocol. */
  | { readonly type: 'unreachable' }
  | { readonly type: 'accelerators'; readonly addresses: readonly string[] }
  | { readonly type: 'tasksStarted' }
  | { readonly type: 'taskExited'; readonly rank: number; readonly exit: TaskExit }
  /** Every process that the attempt started is gone and its accelerators are free. */
  | { readonly type: 'clean' }
  | { readonly type: 'arrive'; readonly callId: string; readonly arrival: Arrival; readonly timeoutMs: number }
  | { readonly type: 'notice'; readonly kind: 'spot' | 'capacity-block' | 'rebalance'; readonly detail: string }
  /** A datagram from another agent: a hint to read the control item now, never a fact. */
  | { readonly type: 'poked' };

export interface View {
  readonly control?: Control;
  readonly roster?: Roster;
  readonly members?: readonly Member[];
  readonly beats?: ReadonlyMap<string, number>;
  readonly arrivals?: { readonly epoch: number; readonly arrivals: Arrivals };
  readonly payloads?: { readonly epoch: number; readonly payloads: readonly (string | undefined)[] };
  readonly leased?: boolean;
}

export type AgentEffect =
  | { readonly type: 'read'; readonly what: readonly ('control' | 'roster' | 'members' | 'beats' | 'lease')[] }
  | { readonly type: 'readBarrier'; readonly attempt: number; readonly epoch: number; readonly payloads: boolean }
  | { readonly type: 'writeControl'; readonly write: ControlWrite; readonly roster?: Roster }
  | { readonly type: 'join'; readonly member: Member }
  | { readonly type: 'updateMember'; readonly member: Member }
  | { readonly type: 'beat'; readonly attempt: number }
  | { readonly type: 'arrive'; readonly attempt: number; readonly epoch: number; readonly arrivals: readonly Arrival[] }
  | { readonly type: 'startTasks'; readonly roster: Roster; readonly resumeEpoch: number }
  /** SIGTERM, grace, SIGKILL of everything the attempt started, then `clean`. */
  | { readonly type: 'stopTasks'; readonly cause: Cause }
  | { readonly type: 'answer'; readonly callId: string; readonly result: BarrierResult }
  | { readonly type: 'poke' }
  | { readonly type: 'notifyTasks'; readonly directive: NonNullable<Control['directive']> }
  /** The terminal or DRAINED transition committed: tell the workflow. */
  | { readonly type: 'callback'; readonly control: Control }
  /** This host has no business here any more: power it off. */
  | { readonly type: 'shutdown'; readonly reason: string }
  /** Send a tick after this long at the latest. */
  | { readonly type: 'wake'; readonly afterMs: number };

export type BarrierResult =
  | { readonly ok: true; readonly epoch: number; readonly payloads?: readonly string[] }
  | {
      readonly ok: false;
      readonly code:
        | 'LS_BARRIER_MISMATCH'
        | 'LS_BARRIER_TIMEOUT'
        | 'LS_STALE_ATTEMPT'
        | 'LS_CANCELLED'
        | 'LS_TASK_FAILED'
        | 'LS_HOST_LOST';
      readonly message: string;
    };
