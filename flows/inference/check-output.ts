import type { Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { OutputColumn } from '#core/inference/plan.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import type { InferJob } from '#core/job/job.ts';
import { keepsRows } from '#core/job/row-policy.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { checkWritable } from '#formats/parquet/encode/unwritten.ts';

/** Checks that the parts can hold what they are planned to hold: LS_PARQUET_UNWRITABLE, of Parquet alone. */
export function checkOutput(
  { output, predict: { as }, onError }: InferJob,
  input: Schema,
  { columns, fields }: { readonly columns: readonly OutputColumn[]; readonly fields: readonly PredictionField[] },
): void {
  if (output.format !== 'parquet') return;
  checkWritable(outputShape(input, { columns, as, fields, provenance: {} }).schema);
  const list = fields.find(({ type }) => typeof type === 'object' && 'list' in type);
  if (list === undefined || !keepsRows(onError)) return;
  const what = `\`${as}.${list.name}\` is a fixed list, and \`onError: null\` keeps rows without one`;
  throw new LockstepError('LS_PARQUET_UNWRITABLE', `${what}, which other readers of Parquet refuse`, {
    remedy: 'Say `output: { format: arrow }`, or `onError: drop` or `deadLetter`.',
  });
}
