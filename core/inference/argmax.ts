/** What one row of class scores says: its best class, its best few, and the shares of softmax. */
import { type Floats, notFinite } from './take-output.ts';

/** One label and one score for each row. */
interface Best {
  readonly labels: Int32Array;
  readonly scores: Floats;
}

/**
 * Takes the largest of `classes` values of each row of `values` and writes it and its index into `out`, from row `at`
 * on; of equal values the first. With softmax the score is the share that it would have after softmax.
 * LS_NOT_FINITE for a row that has NaN or whose largest value is infinite.
 */
export function argmax(
  values: Floats,
  classes: number,
  { at, softmax, ...out }: Best & { readonly at: number; readonly softmax: boolean },
): void {
  const rows = values.length / classes;
  for (let row = 0, from = 0; row < rows; row++, from += classes) {
    const best = largestOf(values, from, classes, at + row);
    let label = 0;
    while (values[from + label] !== best) label++;
    out.labels[at + row] = label;
    out.scores[at + row] = softmax ? 1 / softmaxSum(values, from, classes, best) : best;
  }
}

/** The largest of `classes` values from `from` on. LS_NOT_FINITE, for row `row`, where one is NaN or it is infinite. */
export function largestOf(values: Floats, from: number, classes: number, row: number): number {
  let best = values[from] as number;
  // Unlike a comparison, Math.max does not pass over NaN.
  for (let i = 1; i < classes; i++) best = Math.max(best, values[from + i] as number);
  if (Number.isFinite(best)) return best;
  throw notFinite(`the scores [${values.subarray(from, from + classes).join(', ')}]`, row);
}

/** Sum of exp(value - best): with the largest exponent at 0 none overflows, and the share of a value is exp(value - best) / sum. */
export function softmaxSum(values: Floats, from: number, classes: number, best: number): number {
  let sum = 0;
  for (let i = 0; i < classes; i++) sum += Math.exp((values[from + i] as number) - best);
  return sum;
}

/** Indexes of the `top` largest of the `classes` values from `from` on, the largest first; of equal values the first. */
export function topOf(
  values: Floats,
  from: number,
  { classes, top }: { readonly classes: number; readonly top: number },
): number[] {
  const best: number[] = [];
  for (let i = 0; i < classes; i++) {
    const value = values[from + i] as number;
    let place = best.length;
    while (place > 0 && value > (values[from + (best[place - 1] as number)] as number)) place--;
    if (place >= top) continue;
    best.splice(place, 0, i);
    if (best.length > top) best.pop();
  }
  return best;
}
