import type { Budget } from '#core/job/job.ts';
import type { Control } from '../records.ts';
import type { Verdict } from './verdict.ts';

/** What is nobody's fault a few times in a run is somebody's when it goes on. */
const FREE_RESTARTS_MAX = 3;

/** Whether a failure that is nobody's fault may still cost nothing: each attempt but the first was charged for, or free. */
export const isFree = ({ attempt, charged }: Pick<Control, 'attempt' | 'charged'>): boolean =>
  attempt - charged.user - charged.infrastructure - charged.preemption < FREE_RESTARTS_MAX;

/**
 * What a verdict costs: the charges after it, and the verdict with the budget that it is really charged to. A failure that is
 * nobody's fault has no budget, and is the budget's after all once a run has had too many of them. No charges: no restart.
 */
export function settle(
  judged: Verdict,
  control: Control,
  limits: Readonly<Record<Budget, number>>,
): { readonly judged: Verdict; readonly charged: Control['charged'] | undefined } {
  const { isNobodysFault = false, budget, ...rest } = judged;
  if (budget === undefined) return { judged: { ...rest, budget }, charged: undefined };
  if (isNobodysFault && isFree(control)) {
    return { judged: { ...rest, budget: undefined, isNobodysFault }, charged: control.charged };
  }
  return { judged: { ...rest, budget }, charged: charge(control.charged, budget, limits) };
}

/** The charges after one more failure on a budget; undefined if that budget is used up. Each failure has one budget. */
export function charge(
  charged: Control['charged'],
  budget: Budget,
  limits: Readonly<Record<Budget, number>>,
): Control['charged'] | undefined {
  if (charged[budget] >= limits[budget]) return undefined;
  return { ...charged, [budget]: charged[budget] + 1 };
}
