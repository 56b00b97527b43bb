/** Rows without a prediction: why they have none, what becomes of them, and how many of them are too many. */
import { type ErrorCode, isErrorCode, LockstepError } from '../errors.ts';
import type { RowAction, RowClass, RowPolicy } from '../job/row-policy.ts';

/** Where a row lies. */
export interface RowPlace {
  readonly uri: string;
  /** Position of its record batch or row group within the object. */
  readonly block: number;
  /** Its number within that block. */
  readonly row: number;
}

/** A row that has no prediction, and why. */
export interface FailedRow extends RowPlace {
  readonly class: RowClass;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How many rows have no prediction: by what became of them, and by why. */
export interface FailedCounts {
  /** Set aside as dead letters. */
  readonly dead: number;
  /** Kept in the output, without a prediction. */
  readonly nulled: number;
  /** Left out. */
  readonly dropped: number;
  readonly byClass: Readonly<Partial<Record<RowClass, number>>>;
  /** The first that was met. */
  readonly first: FailedRow;
}

const CLASS_OF: Readonly<Partial<Record<ErrorCode, RowClass>>> = {
  LS_NULL_INPUT: 'nullInput',
  LS_LIST_LENGTH: 'shape',
  LS_VALUE_INEXACT: 'shape',
  LS_PREDICTION_FAILED: 'model',
  LS_NOT_FINITE: 'nonFinite',
  LS_PREDICTION_TIMEOUT: 'timeout',
  LS_PREDICTOR_DIED: 'oom',
};

/** Why rows have no prediction, by the error that came instead; undefined where it is no error of rows. */
export const classOf = (error: unknown): RowClass | undefined =>
  error instanceof LockstepError && isErrorCode(error.code) ? CLASS_OF[error.code] : undefined;

/** Whether the rest of the rows goes on without those that such an error is about. */
export const goesOn = (policy: RowPolicy, error: unknown): boolean => {
  const one = classOf(error);
  return one !== undefined && policy[one] !== 'fail';
};

const COUNTED_AS = { deadLetter: 'dead', null: 'nulled', drop: 'dropped' } as const;

/** The counts with so many rows more, of which this is the first. */
export function countFailed(
  counts: FailedCounts | undefined,
  {
    row,
    action,
    rows,
  }: { readonly row: FailedRow; readonly action: Exclude<RowAction, 'fail'>; readonly rows: number },
): FailedCounts {
  const before = counts ?? { dead: 0, nulled: 0, dropped: 0, byClass: {}, first: row };
  return {
    ...before,
    [COUNTED_AS[action]]: before[COUNTED_AS[action]] + rows,
    byClass: { ...before.byClass, [row.class]: (before.byClass[row.class] ?? 0) + rows },
  };
}

/** Of several partitions together; undefined where none has any. */
export function sumFailed(all: readonly FailedCounts[]): FailedCounts | undefined {
  const [first] = all;
  if (!first) return undefined;
  const byClass: Partial<Record<RowClass, number>> = {};
  for (const [one, rows] of all.flatMap((counts) => Object.entries(counts.byClass) as [RowClass, number][])) {
    byClass[one] = (byClass[one] ?? 0) + rows;
  }
  const sum = (of: 'dead' | 'nulled' | 'dropped') => all.reduce((total, counts) => total + counts[of], 0);
  return { dead: sum('dead'), nulled: sum('nulled'), dropped: sum('dropped'), byClass, first: first.first };
}

export const failedRows = ({ dead, nulled, dropped }: Pick<FailedCounts, 'dead' | 'nulled' | 'dropped'>): number =>
  dead + nulled + dropped;

/** `12 set aside, 3 without a prediction, 1 left out (nullInput 12, model 4)` */
export function failedText({ dead, nulled, dropped, byClass }: Omit<FailedCounts, 'first'>): string {
  const said = [
    [dead, 'set aside'],
    [nulled, 'kept without a prediction'],
    [dropped, 'left out'],
  ].flatMap(([rows, what]) => (rows === 0 ? [] : [`${rows} ${what}`]));
  const classes = Object.entries(byClass).map(([one, rows]) => `${one} ${rows}`);
  return `${said.join(', ')} (${classes.join(', ')})`;
}

export const placeText = ({ uri, block, row }: RowPlace): string => `${uri}, record batch ${block}, row ${row}`;

/**
 * Throws LS_ROWS_FAILED where more rows failed than the policy tolerates. `rows` are all rows of the run; without it, while
 * it is not known yet, only `toleratedRows` counts.
 */
export function checkTolerated(
  { toleratedRows = Number.POSITIVE_INFINITY, toleratedRowFraction }: RowPolicy,
  counts: FailedCounts | undefined,
  rows?: number,
): void {
  if (counts === undefined) return;
  const failed = failedRows(counts);
  const isShareLarge = rows !== undefined && failed > toleratedRowFraction * rows;
  if (failed <= toleratedRows && !isShareLarge) return;
  const limit =
    failed > toleratedRows
      ? `\`onError.toleratedRows\` is ${toleratedRows}`
      : `\`onError.toleratedRowFraction\` is ${toleratedRowFraction}`;
  const of = rows === undefined ? 'at least ' : '';
  const { first } = counts;
  const share = rows === undefined ? '' : ` of ${rows}`;
  const message = `${of}${failed}${share} rows have no prediction, and ${limit}; the first (${first.code}): ${placeText(first)}: ${first.message}`;
  throw new LockstepError('LS_ROWS_FAILED', message);
}
