/** Whether numbers that a model gave for some rows mean what they would be taken for. */
import type { ClassName } from './bind.ts';
import { type ModelOutput, widthOf } from './model-output.ts';

/** Rounding of float16 and of long sums. */
const SHARE_TOLERANCE = 5e-3;

/** Whether each row is shares of one whole: none negative, all together 1. True where there are no rows. */
export function looksLikeShares(scores: ModelOutput): boolean {
  const width = widthOf(scores);
  const values = scores.data as Float32Array;
  for (let from = 0; from < values.length; from += width) {
    const row = values.subarray(from, from + width);
    const sum = row.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) <= SHARE_TOLERANCE) || row.some((value) => value < 0)) return false;
  }
  return true;
}

/**
 * Why the label of some row is not the class with its largest score; undefined where that holds for every row. Without
 * `classes` a label must be the index of its score.
 */
export function isLabelling(
  labels: ModelOutput,
  scores: ModelOutput,
  classes: readonly ClassName[] | undefined,
): string | undefined {
  const width = widthOf(scores);
  const values = scores.data as Float32Array;
  for (let row = 0; row < labels.data.length; row++) {
    const label = String(labels.data[row]);
    const index = classes ? classes.findIndex((name) => String(name) === label) : Number(label);
    const own = Number.isInteger(index) && index >= 0 ? values[row * width + index] : undefined;
    const all = values.subarray(row * width, (row + 1) * width);
    if (own === undefined || index >= width)
      return `${label} is ${classes ? 'none of the classes' : 'no index of a score'}`;
    if (all.some((value) => value > own)) return `a row labelled ${label} has the scores ${all.join(', ')}`;
  }
  return undefined;
}
