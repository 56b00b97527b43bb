import type { ControlWrite } from '../control-write.ts';
import type { Control, Phase } from '../records.ts';

/** DRAINED → ACQUIRING of the next attempt, with the failure charged. Never from any other phase: tasks might live. */
export function raise(control: Control, charged: Control['charged'], opId: string): ControlWrite {
  return {
    runId: control.runId,
    where: { attempt: control.attempt, phaseIn: ['DRAINED'] },
    set: { attempt: control.attempt + 1, phase: 'ACQUIRING', epoch: 0, charged },
    opId,
  };
}

/** DRAINED → the end. */
export function end(control: Control, phase: Extract<Phase, 'FAILED' | 'CANCELLED'>, opId: string): ControlWrite {
  return { runId: control.runId, where: { attempt: control.attempt, phaseIn: ['DRAINED'] }, set: { phase }, opId };
}
