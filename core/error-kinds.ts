/** Who must act, which is also what decides the exit code of the command line. */
export type ErrorKind = 'usage' | 'job' | 'capacity' | 'data' | 'task' | 'infrastructure' | 'conflict' | 'cancelled';

/** Process exit codes, by the kind of the error. 0 is success, 1 a bug in Lockstep itself. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  usage: 2,
  job: 3,
  data: 4,
  capacity: 5,
  task: 6,
  infrastructure: 7,
  conflict: 8,
  cancelled: 130,
};

/** A row of the table of errors. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  /** True if the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  readonly cause: string;
  readonly remedy: string;
}

/** Not worth trying again, unless it says so. */
export const row = (kind: ErrorKind, cause: string, remedy: string, retryable = false): ErrorRow => ({
  kind,
  retryable,
  cause,
  remedy,
});
