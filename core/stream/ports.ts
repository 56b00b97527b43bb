import type { ClaimTimes, TakenRecord } from './record-claim.ts';

/** A record that its holder has the newest fence of, as far as it knows. */
export interface Holding {
  /** Of the record: a hash of what it is, see `recordKey`. */
  readonly key: string;
  readonly fence: number;
}

/** Claims on the records of a stream, see record-claim.ts. */
export interface RecordClaims {
  /** Takes the record, unless somebody holds it or it is finished. */
  take(key: string, times: ClaimTimes): Promise<TakenRecord>;
  /**
   * Finishes all of these records with one outcome, or none: answers with the keys of those whose fence is not the newest any
   * more. At most `FINISH_MAX` of them.
   */
  finish(holdings: readonly Holding[], outcome: string): Promise<readonly string[]>;
  /** Gives the record up, so that the next one may have it at once; nothing where somebody else has it. */
  giveUp(holding: Holding, counts: boolean): Promise<void>;
}

/** Records that one call can finish: DynamoDB writes a hundred items in a transaction. */
export const FINISH_MAX = 100;
