import { LockstepError } from '../errors.ts';

/** One label and one score for each row. */
export interface Predictions {
  readonly labels: Int32Array;
  readonly scores: Float32Array;
}

/**
 * Takes the largest of `classes` values of each row of `values` and writes it and its index into `out`, from row `at`
 * on; of equal values the first. With softmax the score is the share that it would have after softmax.
 * LS_PREDICTION_FAILED for a row that has NaN or whose largest value is infinite.
 */
export function argmax(
  values: Float32Array,
  classes: number,
  { at, softmax, ...out }: Predictions & { readonly at: number; readonly softmax: boolean },
): void {
  const rows = values.length / classes;
  for (let row = 0, from = 0; row < rows; row++, from += classes) {
    let best = values[from] as number;
    // Unlike a comparison, Math.max does not pass over NaN.
    for (let i = 1; i < classes; i++) best = Math.max(best, values[from + i] as number);
    if (!Number.isFinite(best)) throw notFinite(values.subarray(from, from + classes), at + row);
    let label = 0;
    while (values[from + label] !== best) label++;
    out.labels[at + row] = label;
    out.scores[at + row] = softmax ? share(values, from, { classes, best }) : best;
  }
}

/** exp(best) / sum of exp(value), with the largest exponent at 0 so that none overflows. */
function share(values: Float32Array, from: number, { classes, best }: { classes: number; best: number }): number {
  let sum = 0;
  for (let i = 0; i < classes; i++) sum += Math.exp((values[from + i] as number) - best);
  return 1 / sum;
}

function notFinite(scores: Float32Array, row: number): LockstepError {
  const what = `the model gave the scores [${scores.join(', ')}], expected finite numbers`;
  return new LockstepError('LS_PREDICTION_FAILED', `${what} (row ${row} of a record batch)`);
}
