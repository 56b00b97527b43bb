/**
 * A small world for the explorer: the control item, the records, and participants that know only what they last read.
 * Every write is made by the product's own predicates; the world only decides when it arrives, and how often.
 */

import type { ControlWrite } from '#core/gang/control-write.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Arrival, Control, Member, Roster } from '#core/gang/records.ts';

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
  readonly released: readonly string[];
  readonly aborted: readonly string[];
  readonly mail: readonly Message[];
  readonly crashes: number;
  readonly losses: number;
}

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
    released: [],
    aborted: [],
    mail: [],
    crashes: 0,
    losses: 0,
  };
  return { control, controllerView: control, agents, ...records };
}

export const newAgent = (id: string, view: Control): Agent => ({
  ...{ id, isUp: true, view, living: -1, started: -1, passed: 0, waits: false, exit: undefined },
});

export const membersOf = (world: World, attempt: number): readonly Member[] => world.members[attempt] ?? [];

export const arrivalKey = ({ attempt, epoch }: Basis): string => `${attempt}.${epoch}`;
