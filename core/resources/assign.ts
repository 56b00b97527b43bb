import { LockstepError } from '../errors.ts';
import { ONE, taskSlots, toUnits } from './units.ts';

/**
 * Accelerator addresses of each task of one host; index = local rank.
 *
 * Whole amounts get neighbouring addresses that no other task has. Fractions share addresses, spread evenly so that no
 * accelerator serves two tasks while another is idle. Throws LS_ACCELERATORS_MISSING if the host has too few.
 */
export function assign(
  addresses: readonly string[],
  tasks: number,
  amountPerTask: number,
): readonly (readonly string[])[] {
  const units = toUnits(amountPerTask);
  if (tasks > taskSlots(addresses.length, amountPerTask)) throw tooFew(addresses, tasks, amountPerTask);
  const whole = Number(units / ONE);
  return Array.from({ length: tasks }, (_, task) => {
    if (units === 0n) return [];
    if (units >= ONE) return addresses.slice(task * whole, (task + 1) * whole);
    return [addresses[task % addresses.length] as string];
  });
}

function tooFew(addresses: readonly string[], tasks: number, amountPerTask: number): LockstepError {
  const found = addresses.length === 0 ? 'none' : `${addresses.length} (${addresses.join(', ')})`;
  return new LockstepError(
    'LS_ACCELERATORS_MISSING',
    `${tasks} tasks with ${amountPerTask} accelerators each need ${Math.ceil(tasks * amountPerTask)} on the host; found ${found}`,
  );
}
