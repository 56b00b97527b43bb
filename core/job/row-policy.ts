/** What becomes of rows that cannot be predicted: `onError` of a job of kind infer. */

/**
 * Why a row has no prediction. `decode`: its record batch is damaged; `schema`: its object has other columns; `nullInput`: a
 * column that the model reads has no value; `shape`: a value does not fit the input of the model; `model`: the model, module
 * or program failed on it; `nonFinite`: the model gave NaN or infinity; `timeout`: it took too long; `oom`: whatever
 * predicted it was killed or ended.
 */
export const ROW_CLASSES = ['decode', 'schema', 'nullInput', 'shape', 'model', 'nonFinite', 'timeout', 'oom'] as const;
export type RowClass = (typeof ROW_CLASSES)[number];

/** Fails the run, keeps the row with a null for its prediction, leaves the row out, or sets it aside with its reason. */
export const ROW_ACTIONS = ['fail', 'null', 'drop', 'deadLetter'] as const;
export type RowAction = (typeof ROW_ACTIONS)[number];

/** Classes of which no row is left to be kept or set aside: they concern a whole object or record batch that cannot be read. */
export const UNREADABLE: readonly RowClass[] = ['decode', 'schema'];

export interface RowPolicy extends Readonly<Record<RowClass, RowAction>> {
  /** So many rows without a prediction fail no run; undefined where only the share of them counts. */
  readonly toleratedRows?: number;
  /** 0 … 1: so large a share of the rows of a run may have no prediction. Whichever limit is passed first fails the run. */
  readonly toleratedRowFraction: number;
}

/** Whether some rows of an output may have a null for their prediction. */
export const keepsRows = (policy: RowPolicy): boolean => ROW_CLASSES.some((one) => policy[one] === 'null');
