/** An error as Step Functions sees one: a name that Retry and Catch match, and a cause in words. */
export class StateFailure extends Error {
  readonly error: string;
  readonly reason: string;

  constructor(error: string, reason: string) {
    super(`${error}: ${reason}`);
    this.name = 'StateFailure';
    this.error = error;
    this.reason = reason;
  }
}

/** A mistake in the definition or its data, which no Retry or Catch can handle. */
export const runtimeFailure = (reason: string) => new StateFailure('States.Runtime', reason);

/** Anything thrown, as a failure; what is not one already is a bug of a task's integration. */
export function toStateFailure(thrown: unknown): StateFailure {
  if (thrown instanceof StateFailure) return thrown;
  return runtimeFailure(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
}

/** Largest input or output of a state, task or execution, in bytes of UTF-8. */
export const DATA_LIMIT_BYTES = 262_144;

/** The value, if it is within the limit; `States.DataLimitExceeded` as AWS words it otherwise. */
export function withinLimit<T>(value: T, stateName: string): T {
  const text = JSON.stringify(value) ?? '';
  // The number of characters bounds the number of bytes from both sides; only a near miss is counted exactly.
  if (text.length * 3 > DATA_LIMIT_BYTES && Buffer.byteLength(text) > DATA_LIMIT_BYTES) {
    const reason = `The state/task '${stateName}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    throw new StateFailure('States.DataLimitExceeded', reason);
  }
  return value;
}

/** Whether an ErrorEquals list of a state of this type catches the failure. */
export function catches(errorEquals: readonly string[], failure: StateFailure, stateType: string): boolean {
  if (failure.error === 'States.Runtime') return false;
  if (errorEquals.includes(failure.error)) return true;
  return errorEquals.some((name) => {
    switch (name) {
      case 'States.ALL':
        return failure.error !== 'States.DataLimitExceeded';
      case 'States.TaskFailed':
        return stateType === 'Task' && failure.error !== 'States.Timeout';
      // A missed heartbeat is a timeout too, by the documentation of States.Timeout.
      case 'States.Timeout':
        return failure.error === 'States.HeartbeatTimeout';
      default:
        return false;
    }
  });
}
