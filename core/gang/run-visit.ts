/**
 * One visit of the workflow's Run state. Each has a task token of its own, and only that of the latest can still be
 * answered to any effect.
 */
export interface RunVisit {
  readonly attempt: number;
  /** When the workflow entered the state, on its own clock in epoch milliseconds; a retry does not enter it again. */
  readonly enteredMs: number;
  /** How often it has been tried again since. */
  readonly retry: number;
}

/** True if a visit came after another, of the same run. */
export function isLater(visit: RunVisit, than: RunVisit): boolean {
  if (visit.attempt !== than.attempt) return visit.attempt > than.attempt;
  if (visit.enteredMs !== than.enteredMs) return visit.enteredMs > than.enteredMs;
  return visit.retry > than.retry;
}
