import type { ControlWrite } from '../control-write.ts';
import { LIVE } from '../phases.ts';
import type { Cause, Control } from '../records.ts';

/** Gives a barrier up, and the attempt with it. Competes with its release on the same item and the same epoch. */
export function abort(control: Control, cause: Cause, opId: string): ControlWrite {
  return {
    runId: control.runId,
    where: { attempt: control.attempt, phaseIn: LIVE, epoch: control.epoch },
    set: { phase: 'STOPPING', cause },
    opId,
  };
}
