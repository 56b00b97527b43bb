import type { ControlCondition, ControlWrite } from './control-write.ts';
import type { Control } from './records.ts';

/** Whether a stored control item still is what the writer took it for. */
export function fits(control: Control, where: ControlCondition): boolean {
  return (
    control.attempt === where.attempt &&
    where.phaseIn.includes(control.phase) &&
    (where.epoch === undefined || control.epoch === where.epoch)
  );
}

/** The control item after a write that fits. What belongs to one attempt alone does not outlive it. */
export function applied(control: Control, write: ControlWrite): Control {
  const { cause, directive, ...lasting } = control;
  const isRaised = write.set.attempt !== undefined && write.set.attempt !== control.attempt;
  const base = isRaised ? lasting : control;
  return { ...base, ...write.set, opId: write.opId };
}
