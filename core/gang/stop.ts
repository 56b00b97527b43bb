import type { ControlWrite } from './control-write.ts';
import { STOPPABLE } from './phases.ts';
import type { Cause, Control } from './records.ts';

/** Stops the attempt. The first cause stays; the verdict over all exit records may later name another culprit. */
export function stop(control: Control, cause: Cause, opId: string): ControlWrite {
  return {
    runId: control.runId,
    where: { attempt: control.attempt, phaseIn: STOPPABLE },
    set: { phase: 'STOPPING', cause },
    opId,
  };
}

/** Asks every rank to checkpoint, because a host is about to be taken away. */
export function direct(control: Control, reason: string, opId: string): ControlWrite {
  return {
    runId: control.runId,
    where: { attempt: control.attempt, phaseIn: ['STARTING', 'RUNNING'] },
    set: { directive: { kind: 'checkpoint', reason } },
    opId,
  };
}
