import type { Budget } from '#core/job/job.ts';
import type { Control } from '../records.ts';

/** The charges after one more failure on a budget; undefined if that budget is used up. Each failure has one budget. */
export function charge(
  charged: Control['charged'],
  budget: Budget,
  limits: Readonly<Record<Budget, number>>,
): Control['charged'] | undefined {
  if (charged[budget] >= limits[budget]) return undefined;
  return { ...charged, [budget]: charged[budget] + 1 };
}
