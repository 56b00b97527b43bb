import { LockstepError } from '#core/errors.ts';

/** One label and one score for each row. */
export interface Predictions {
  readonly labels: Int32Array;
  readonly scores: Float32Array;
}

/**
 * Takes the largest of `classes` values of each row of `values` and writes it and its index into `out`, from row `at`
 * on. With softmax the score is the share that it would have after softmax. LS_PREDICTION_FAILED for a row with NaN or
 * infinity, which a comparison would pass over in silence.
 */
export function argmax(
  values: Float32Array,
  classes: number,
  { at, softmax, ...out }: Predictions & { readonly at: number; readonly softmax: boolean },
): void {
  const rows = values.length / classes;
  for (let row = 0, from = 0; row < rows; row++, from += classes) {
    let label = 0;
    let best = values[from] as number;
    let sum = best;
    for (let i = 1; i < classes; i++) {
      const value = values[from + i] as number;
      sum += value;
      if (value > best) {
        best = value;
        label = i;
      }
    }
    // The sum is NaN or infinite if any value is; finite values of float32 cannot overflow it.
    if (!Number.isFinite(sum)) throw notFinite(values.subarray(from, from + classes), at + row);
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
  const label = scores.findIndex((score) => !Number.isFinite(score));
  const what = `the model gave ${scores[label]} as the score of class ${label}, expected a finite number`;
  return new LockstepError('LS_PREDICTION_FAILED', `${what} (row ${row} of a record batch)`);
}
