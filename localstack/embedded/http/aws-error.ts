/** An error that a service answers as AWS does: a named type, a message, a status. */
export class AwsError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** Turns anything that was thrown into an answer; what is not an AwsError is a bug of the service, not of the caller. */
export function toAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new AwsError('InternalFailure', error.stack ?? error.message, 500);
}
