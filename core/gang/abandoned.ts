/** How the provider may answer for the execution that owns a gang; undefined where it knows none of that name. */
type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | undefined;

/** What is told of executions may be behind by seconds; for so long not to be known proves nothing. */
const UNKNOWN_IS_OVER_MS = 900_000;

/** True if no state of the execution will ever run again, so that whatever the gang still has is nobody's. */
export function isAbandoned(status: ExecutionStatus, ageMs: number): boolean {
  return status === undefined ? ageMs > UNKNOWN_IS_OVER_MS : status !== 'running';
}
