import type { ControlCondition, ControlWrite } from './control-write.ts';
import type { Control } from './records.ts';

/** Whether a stored control item still is what the writer took it for. */
export function fits(control: Control, where: ControlCondition): boolean {
  return (
    control.attempt === where.attempt &&
    where.phaseIn.includes(control.phase) &&
    (where.epoch === undefined || control.epoch === where.epoch) &&
    (where.opId === undefined || control.opId === where.opId)
  );
}

/** The control item after a write that fits. */
export function applied(control: Control, { set, clear, opId }: ControlWrite): Control {
  const kept = Object.entries(control).filter(([field]) => !(clear as readonly string[]).includes(field));
  return { ...(Object.fromEntries(kept) as unknown as Control), ...set, opId };
}
