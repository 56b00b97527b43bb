import type { RecordFailure, StreamRecord } from './record.ts';

/** A record set aside with its reason. */
export interface StreamDeadLetter extends RecordFailure {
  readonly version: 1;
  readonly stream: string;
  /** What the record is. */
  readonly source: string;
  /** How often it was tried. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
  /** The whole record, as it was delivered. */
  readonly record: unknown;
}

export interface DeadLetterOf {
  readonly stream: string;
  readonly record: StreamRecord;
  readonly failure: RecordFailure;
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
}

export const deadLetter = ({ stream, record, failure, attempt, at }: DeadLetterOf): StreamDeadLetter => ({
  version: 1,
  stream,
  ...failure,
  source: record.sourceId,
  attempt,
  at,
  record: record.whole,
});
