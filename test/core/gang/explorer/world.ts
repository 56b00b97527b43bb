/**
 * A small world for the explorer: the control item, the records, and participants that know only what they last read.
 * Every write is made by the product's own predicates; the world only decides when it arrives, and how often.
 */

import { invariant } from '#core/errors.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Arrival, Control, Member, Roster } from '#core/gang/records.ts';
import { seal } from '#core/gang/roster/seal.ts';

export interface Size {
  readonly hosts: number;
  readonly attempts: number;
  readonly epochs: number;
  /** Tasks that may crash, or hosts that may vanish, in one history. */
  readonly crashes: number;
  readonly losses: number;
  /** Somebody may cancel, at any moment. */
  readonly stops: boolean;
  /** Kinds of messages of which one at a time may come late, or come a second time. */
  readonly late: readonly Message['kind'][];
  /** Barriers may time out at any moment. */
  readonly aborts: boolean;
  /**
   * The gang runs, and a task has crashed: agents begin the next attempt by themselves where they may, and the controller
   * may end any host that is not clean.
   */
  readonly restarts: boolean;
  /** Rank 0 calls allGather where the others call barrier. */
  readonly mixed: boolean;
}

export interface Agent {
  readonly id: string;
  readonly isUp: boolean;
  /** What it last read of the control item; as old as it may be. */
  readonly view: Control;
  /** Attempt whose task lives here, or -1. */
  readonly living: number;
  /** Attempts that this agent has started a task for. */
  readonly started: number;
  /** Barriers that its task has passed, and whether it waits in the next. */
  readonly passed: number;
  readonly waits: boolean;
  readonly exit: number | undefined;
  /** Attempt that it has extended the leases of the gang to. */
  readonly extended: number;
}

/** A host that is to end, and the attempt that it was decided for. */
export interface Doomed {
  readonly id: string;
  readonly attempt: number;
}

/** The right of an attempt to a host. */
export interface WorldLease {
  readonly attempt: number;
  readonly isOver: boolean;
}

/** A write that has left its sender: of the control item, with the roster if it is a seal, or an arrival. */
export type Message =
  | { readonly kind: WriteKind; readonly write: ControlWrite; readonly roster?: Roster; readonly basis: Basis }
  | { readonly kind: 'arrive'; readonly arrival: Arrival; readonly basis: Basis };

export type WriteKind =
  | 'seal'
  | 'run'
  | 'release'
  | 'abort'
  | 'fail'
  | 'succeed'
  | 'drain'
  | 'raise'
  | 'restart'
  | 'end'
  | 'acquire'
  | 'suspect'
  | 'cancel';

/** What the sender took the gang for. */
export interface Basis {
  readonly attempt: number;
  readonly epoch: number;
}

export interface World {
  readonly control: Control;
  readonly controllerView: Control;
  readonly agents: readonly Agent[];
  /** By attempt. */
  readonly rosters: Readonly<Record<number, Roster>>;
  readonly members: Readonly<Record<number, readonly Member[]>>;
  /** By `attempt.epoch`: every arrival that was counted, in order. */
  readonly arrivals: Readonly<Record<string, readonly Arrival[]>>;
  /** By `attempt.epoch`: ranks whose task has really called that barrier. */
  readonly called: Readonly<Record<string, readonly number[]>>;
  readonly leases: Readonly<Record<string, WorldLease>>;
  /** The host that the controller is about to end, if any. */
  readonly doomed: readonly Doomed[];
  readonly released: readonly string[];
  readonly aborted: readonly string[];
  readonly mail: readonly Message[];
  readonly crashes: number;
  readonly losses: number;
}

/** A move that only its maker feels, or a message that it sends. */
export type Move =
  | { readonly name: string; readonly to: World; readonly check?: () => void }
  | { readonly name: string; readonly sender: string; readonly message: Message };

export function newWorld(size: Size): World {
  const control: Control = {
    ...newGang({ runId: 'r', owner: 'e', hosts: size.hosts, tasksPerHost: 1, specHash: '', opId: '' }),
    phase: 'FORMING',
  };
  const agents = Array.from({ length: size.hosts }, (_, index) => newAgent(`i-${index}`, control));
  const records = {
    rosters: {},
    members: {},
    arrivals: {},
    called: {},
    leases: Object.fromEntries(agents.map(({ id }) => [id, { attempt: 0, isOver: false }])),
    doomed: [],
    released: [],
    aborted: [],
    mail: [],
    crashes: 0,
    losses: 0,
  };
  return { control, controllerView: control, agents, ...records };
}

/** Every host runs its task, but for that of the first, which has crashed a moment ago. */
export function runningWorld(size: Size): World {
  const world = newWorld(size);
  const members = world.agents.map(({ id }, rank): Member => {
    const exits = rank === 0 ? { 0: { code: 1, signal: null, stopped: false } } : {};
    return { ...blankMember(0, id), state: rank === 0 ? 'EXITED' : 'STARTED', exits };
  });
  const ready = members.map((member): Member => ({ ...member, state: 'READY' }));
  const sealed = seal({ control: world.control, members: ready, previous: undefined, gpuPerTask: 0, opId: 'seal' });
  invariant(sealed !== undefined, 'a gang whose members are ready can be sealed');
  const control: Control = { ...world.control, phase: 'RUNNING' };
  const agents = world.agents.map((agent, rank): Agent => {
    const fate = rank === 0 ? { living: -1, exit: 1 } : { living: 0 };
    return { ...agent, ...fate, started: 0, view: control };
  });
  return { ...world, control, controllerView: control, agents, members: { 0: members }, rosters: { 0: sealed.roster } };
}

/** The record of an agent that has said nothing yet. */
export const blankMember = (attempt: number, instanceId: string): Member => ({
  ...{ runId: 'r', attempt, instanceId, bootId: '', nonce: '', seq: 1, state: 'JOINED', address: '', port: 0 },
  ...{ masterPort: 0, accelerators: [], exits: {} },
});

export const newAgent = (id: string, view: Control): Agent => ({
  ...{ id, isUp: true, view, living: -1, started: -1, passed: 0, waits: false, exit: undefined, extended: 0 },
});

export const membersOf = (world: World, attempt: number): readonly Member[] => world.members[attempt] ?? [];

export const arrivalKey = ({ attempt, epoch }: Basis): string => `${attempt}.${epoch}`;
