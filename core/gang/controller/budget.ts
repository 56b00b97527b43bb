import type { Budget } from '#core/job/job.ts';
import type { Control } from '../records.ts';

/** What is nobody's fault a few times in a run is somebody's when it goes on. */
const FREE_RESTARTS_MAX = 3;

/** Whether a failure that is nobody's fault may still cost nothing: each attempt but the first was charged for, or free. */
export const isFree = ({ attempt, charged }: Pick<Control, 'attempt' | 'charged'>): boolean =>
  attempt - charged.user - charged.infrastructure - charged.preemption < FREE_RESTARTS_MAX;

/** The charges after one more failure on a budget; undefined if that budget is used up. Each failure has one budget. */
export function charge(
  charged: Control['charged'],
  budget: Budget,
  limits: Readonly<Record<Budget, number>>,
): Control['charged'] | undefined {
  if (charged[budget] >= limits[budget]) return undefined;
  return { ...charged, [budget]: charged[budget] + 1 };
}
