/** Reads outputs of a model with the distrust that they need: one row a row, and finite. */
import { invariant, LockstepError } from '../errors.ts';
import type { ModelOutputs } from './model-output.ts';
import type { Values } from './prediction.ts';

export type Floats = Float32Array | Float64Array;

/** Values of one output, `width` for each of `rows` rows. LS_PREDICTION_FAILED where the model gave another number. */
export function takeOutput(
  outputs: ModelOutputs,
  name: string,
  { rows, width }: { readonly rows: number; readonly width: number },
): Values {
  const output = outputs[name];
  invariant(output, `the model was not asked for its output ${name}`);
  if (output.data.length === rows * width && (rows === 0 || output.dims[0] === rows)) return output.data;
  const got = `\`${name}\`: ${output.type}[${output.dims.join(',')}]`;
  const wanted = width === 1 ? 'one value' : `${width} values`;
  throw new LockstepError('LS_PREDICTION_FAILED', `expected ${wanted} for each of ${rows} rows, got ${got}`);
}

/** The error for row `row` of a record batch. */
export const notFinite = (what: string, row: number): LockstepError =>
  new LockstepError('LS_NOT_FINITE', `the model gave ${what}, expected finite numbers (row ${row} of a record batch)`);
