import type { Control, Phase } from './records.ts';

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
