/** How many rows a model is given at once, where that is not ours to choose. */
import { LockstepError } from '../errors.ts';
import type { OnnxPredict } from '../job/job.ts';
import { inputText, type ModelSignature } from './bind.ts';

export interface ExactBatches {
  /** Rows of every call. */
  readonly rows: number;
  /** What becomes of the last rows of a record batch that do not fill a call. */
  readonly tail: BatchTail;
}

/** Filled up with copies of the last row, whose answers are thrown away; or LS_BATCH_TAIL. */
export type BatchTail = 'pad' | 'refuse';

/**
 * What the job says, else what the model declares; undefined where any number of rows will do. Rows that a model of
 * fixed size does not fill are padded: the plan has made sure that rows do not depend on their neighbours. Where the job
 * says the size it vouches for just that, and must say what to do with the tail. LS_MODEL_MISMATCH.
 */
export function exactBatches(
  { inputs }: ModelSignature,
  { batchRows, tail }: Pick<OnnxPredict, 'batchRows' | 'tail'>,
): ExactBatches | undefined {
  const declared = inputs.filter(({ dims }) => typeof dims[0] === 'number');
  const [first] = declared;
  const fixed = first?.dims[0] as number | undefined;
  const other = declared.find(({ dims }) => dims[0] !== (batchRows ?? fixed));
  if (other) {
    const wanted =
      batchRows === undefined ? `\`${inputText(first as typeof other)}\`` : `\`predict.batchRows: ${batchRows}\``;
    throw new LockstepError('LS_MODEL_MISMATCH', `${wanted} does not go with the model input \`${inputText(other)}\``);
  }
  if (batchRows !== undefined) return { rows: batchRows, tail: tail ?? 'refuse' };
  return fixed === undefined ? undefined : { rows: fixed, tail: tail ?? 'pad' };
}
