/**
 * What one agent knows. Everything that belongs to an attempt is in `current`, which starts afresh when the attempt is
 * raised, so that nothing of a dead attempt can leak into the next.
 */
import type { BarrierWait } from '../barrier/wait.ts';
import type { RestartPolicy } from '../controller/restart.ts';
import type { Arrivals, Control, Member, Roster, TaskExit, Unfit } from '../records.ts';
import { TIMING, type Timing } from './timing.ts';

/** Who the agent is, and what its host is for. Never changes, but for the master port. */
export interface AgentIdentity {
  readonly runId: string;
  readonly instanceId: string;
  /** Changes when the host reboots. */
  readonly bootId: string;
  /** Changes when the agent starts again. */
  readonly nonce: string;
  readonly address: string;
  /** Port of the agent's datagram listener; 0 if it has none. */
  readonly port: number;
  /** Where rank 0 listens if it is on this host: another one in each attempt. */
  readonly masterPort: number;
  /** Accelerators that each task asks for; 0 for none. */
  readonly gpuPerTask: number;
}

export interface AgentState {
  readonly self: AgentIdentity;
  readonly timing: Timing;
  /** By which an attempt may follow another; undefined where the agent knows no job, and leaves it to the controller. */
  readonly policy: RestartPolicy | undefined;
  /** Source of jitter; a number, so that the same events give the same answers. */
  readonly seed: number;
  /** Control writes made so far; numbers the next one. */
  readonly writes: number;
  readonly startedAtMs: number;
  readonly control: Control | undefined;
  /** When the last good read of the control item was asked for; the start before the first. */
  readonly controlAtMs: number;
  /** Since when the control item is what it is, or somebody waits; sets the pace of polling. */
  readonly waitingSinceMs: number;
  /** `renewing`: a new attempt has begun, and whether it keeps this host is not known yet. */
  readonly lease: 'unknown' | 'held' | 'renewing' | 'none';
  readonly accelerators: readonly string[] | undefined;
  /** Why this host cannot take part; undefined while nothing is known against it. */
  readonly unfit: { readonly why: Unfit; readonly evidence: string } | undefined;
  readonly notice: { readonly text: string; readonly atMs: number } | undefined;
  readonly current: AttemptState;
  /** A transition of this agent's own that the workflow has to be told of. */
  readonly toReport: Control | undefined;
  /** Who should look: all after a transition of this agent's own, the first of the roster once this host is clean. */
  readonly toHint: 'nobody' | 'first' | 'all';
  readonly due: Due;
  /** Stores that are being asked, by the kind of effect. */
  readonly inFlight: readonly string[];
  /** Stores that did not answer, and when they may be asked again. */
  readonly blocked: Readonly<Record<string, number>>;
  /** Set once the host has no business here any more: the reason. */
  readonly leaving: string | undefined;
  readonly hasLeft: boolean;
}

export interface AttemptState {
  readonly roster: Roster | undefined;
  /** `none`: looked for, and no earlier attempt was sealed. */
  readonly previousRoster: Roster | 'none' | undefined;
  /** The agent's own record as it is stored. */
  readonly stored: Member | undefined;
  readonly members: readonly Member[];
  readonly membersAtMs: number;
  readonly tasks: 'none' | 'starting' | 'running' | 'stopping' | 'clean';
  readonly exits: Readonly<Record<number, TaskExit>>;
  /** The first task of this host that ended, on the clock of the agent. */
  readonly firstEnd: { readonly rank: number; readonly atMs: number } | undefined;
  readonly waits: readonly BarrierWait[];
  /** What was last read of the arrivals, with the time it was asked for. */
  readonly arrived: ArrivedView | undefined;
  /** What an allGather that has been released brought together. */
  readonly gathered: { readonly epoch: number; readonly payloads: readonly string[] } | undefined;
  readonly watched: Readonly<Record<string, Watched>>;
  readonly isDirected: boolean;
}

interface ArrivedView {
  readonly epoch: number;
  /** Undefined while nobody has arrived. */
  readonly arrivals: Arrivals | undefined;
  readonly askedAtMs: number;
  /** When the set was first seen full by looking; the beginning of time if this agent's own arrival filled it. */
  readonly fullSinceMs: number | undefined;
}

/** A heartbeat as this agent sees it, timed on its own clock. */
export interface Watched {
  /** -1 while there has been none. */
  readonly count: number;
  readonly sinceMs: number;
  readonly seenAtMs: number;
}

/** When each kind of look at the world is next due. */
export interface Due {
  readonly poll: number;
  readonly help: number;
  readonly beat: number;
  readonly watch: number;
  readonly lease: number;
  readonly callback: number;
}

export interface NewAgent {
  readonly self: AgentIdentity;
  readonly nowMs: number;
  /** Any number; different agents should have different ones, so that they do not poll in step. */
  readonly seed: number;
  readonly timing?: Partial<Timing>;
  readonly policy?: RestartPolicy | undefined;
}

/** An agent that has just started and knows nothing yet. */
export function newAgent({ self, nowMs, seed, timing, policy }: NewAgent): AgentState {
  return {
    self,
    timing: { ...TIMING, ...timing },
    policy,
    seed,
    writes: 0,
    startedAtMs: nowMs,
    control: undefined,
    controlAtMs: nowMs,
    waitingSinceMs: nowMs,
    lease: 'unknown',
    accelerators: undefined,
    unfit: undefined,
    notice: undefined,
    current: newAttempt(),
    toReport: undefined,
    toHint: 'nobody',
    due: { poll: nowMs, help: nowMs, beat: nowMs, watch: nowMs, lease: nowMs, callback: nowMs },
    inFlight: [],
    blocked: {},
    leaving: undefined,
    hasLeft: false,
  };
}

/** What is known of an attempt that has just been seen for the first time. */
export function newAttempt(): AttemptState {
  return {
    roster: undefined,
    previousRoster: undefined,
    stored: undefined,
    members: [],
    membersAtMs: Number.NEGATIVE_INFINITY,
    tasks: 'none',
    exits: {},
    firstEnd: undefined,
    waits: [],
    arrived: undefined,
    gathered: undefined,
    watched: {},
    isDirected: false,
  };
}

export const withCurrent = (state: AgentState, change: Partial<AttemptState>): AgentState => ({
  ...state,
  current: { ...state.current, ...change },
});

/** The first reason to leave is the one that is told. */
export const leave = (state: AgentState, reason: string): AgentState => ({
  ...state,
  leaving: state.leaving ?? reason,
});
