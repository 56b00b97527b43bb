import type { Control, Phase } from './records.ts';

/** Fields that a gang may be without, and so those that a write can take away. */
export type Clearable = 'cause' | 'directive' | 'overdue' | 'givingBack';

/** A transition of the control item: applied only if the stored item still fits `where`. Made by core/gang/transitions.ts. */
export interface ControlWrite {
  readonly runId: string;
  readonly where: ControlCondition;
  readonly set: Partial<Omit<Control, 'runId' | 'opId'>>;
  readonly clear: readonly Clearable[];
  /** Names this write; the same write repeated after a lost reply carries the same. */
  readonly opId: string;
}

export interface ControlCondition {
  readonly attempt: number;
  readonly phaseIn: readonly Phase[];
  readonly epoch?: number;
  /** The write that made what was seen: nothing at all has moved since. */
  readonly opId?: string;
}

/** A row of the phase machine. */
export interface Transition {
  readonly from: readonly Phase[];
  /** Where several are given, the writer says which; none: the phase stays. */
  readonly to: readonly Phase[];
  /** What beside the phase must still be as the writer saw it. */
  readonly at: readonly ('attempt' | 'epoch' | 'opId')[];
  readonly sets?: readonly (keyof Control)[];
  readonly clears?: readonly Clearable[];
  /** What is written in the same transaction. */
  readonly with?: 'roster' | 'journal' | 'roster and journal';
  /** Who makes it. */
  readonly by: string;
}
