import type { ControlWrite } from '../control-write.ts';
import type { Arrivals, Control } from '../records.ts';
import { transition } from '../transitions.ts';

/**
 * Opens the barrier once every rank is in the set; undefined before. Whoever sees the full set may do it: attempt, phase
 * and epoch together let exactly one of all releases and aborts of this epoch through.
 */
export function release(control: Control, arrivals: Arrivals | undefined, opId: string): ControlWrite | undefined {
  if (arrivals === undefined || arrivals.ranks.length < control.worldSize) return undefined;
  return transition.release(control, opId);
}
