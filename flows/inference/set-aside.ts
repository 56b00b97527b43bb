import {
  checkTolerated,
  countFailed,
  type FailedCounts,
  type FailedRow,
  type RowPlace,
} from '#core/inference/failed-rows.ts';
import type { RowAction, RowPolicy } from '#core/job/row-policy.ts';

/** Rows of one block that are set aside for one reason, one after the other. */
export interface DeadRows extends FailedRow {
  readonly rows: number;
}

/** The rows of a partition that have no prediction, as they are met. */
export class FailedRows {
  readonly #policy: RowPolicy;
  /** All rows of the run, where the plan says how many. */
  readonly #runRows: number | undefined;
  readonly #dead: DeadRows[] = [];
  #counts: FailedCounts | undefined;

  constructor(policy: RowPolicy, runRows: number | undefined) {
    this.#policy = policy;
    this.#runRows = runRows;
  }

  /** What becomes of these rows. LS_ROWS_FAILED where this partition alone has more of them than the run may have. */
  add(row: FailedRow, rows: number): Exclude<RowAction, 'fail'> {
    const action = this.#policy[row.class] as Exclude<RowAction, 'fail'>;
    this.#counts = countFailed(this.#counts, { row, action, rows });
    checkTolerated(this.#policy, this.#counts, this.#runRows);
    if (action === 'deadLetter') this.#dead.push({ ...row, rows });
    return action;
  }

  /** Undefined where every row has its prediction. */
  get counts(): FailedCounts | undefined {
    return this.#counts;
  }

  /** In the order of the partition. */
  get dead(): readonly DeadRows[] {
    return this.#dead;
  }
}

export const isSameBlock = (a: RowPlace, b: RowPlace): boolean => a.uri === b.uri && a.block === b.block;
