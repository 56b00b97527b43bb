import type { ErrorCode } from '../errors.ts';
import type { Budget } from '../job/job.ts';
import type { Cause } from './records.ts';

/**
 * How an attempt ended: an entry of the journal, which outlives the attempt. It is written in the transaction that raises
 * the attempt or ends the run, so that it says what was done. For people: no protocol reads it.
 */
export interface AttemptEnd {
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  /** Barriers that the attempt had passed. */
  readonly epoch: number;
  /** First report of trouble. The verdict may name another culprit. */
  readonly cause?: Cause;
  readonly code: ErrorCode;
  /** The verdict in a sentence. */
  readonly message: string;
  /** The rank at fault, where it is one rank's: its log says more. */
  readonly rank?: number;
  /** What the failure counts against; absent where no restart may follow. */
  readonly budget?: Budget;
  /** False if the run ended with it. */
  readonly isRestarted: boolean;
  /** Hosts that were let go, because of what is known of them. */
  readonly replaced: readonly string[];
}
