import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { ExactBatches } from '#core/inference/batching.ts';
import type { Binding } from '#core/inference/bind.ts';
import { firstRowsOf, type ModelOutputs } from '#core/inference/model-output.ts';
import { checkNeighbours, groupings } from '#core/inference/neighbours.ts';
import type { Predictors } from '#core/inference/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import { callOf, type SampleRows } from './sample-rows.ts';

export interface Sampling {
  readonly model: ObjectRef;
  readonly bindings: readonly Binding[];
  readonly rows: SampleRows;
  readonly exact: ExactBatches | undefined;
  /** Whether the job says that rows may depend on those that run with them. */
  readonly isVouched: boolean;
}

/**
 * What the model gives for rows of the input, or for fewer of them where it refuses some: whether a row that cannot be
 * predicted fails the run is not for the plan to say. LS_ROWS_DEPEND; LS_PREDICTION_FAILED where it refuses no rows too.
 */
export async function sampleModel(
  predictors: Pick<Predictors<RecordBatch>, 'sample'>,
  { model, bindings, rows, exact, isVouched }: Sampling,
): Promise<ModelOutputs> {
  let refusal: unknown;
  for (let count = rows.length; ; count >>= 1) {
    const calls = groupings(count, exact, isVouched);
    const outputs = await predictors
      .sample(
        model,
        bindings,
        calls.map((call) => callOf(rows, call, bindings)),
      )
      .catch((error: unknown) => {
        if (!(error instanceof LockstepError) || error.code !== 'LS_PREDICTION_FAILED') throw error;
        refusal ??= error;
        if (count === 0) throw refusal;
        return undefined;
      });
    if (!outputs) continue;
    checkNeighbours(outputs, calls);
    return firstRowsOf(outputs[0] as ModelOutputs, exact ? Math.min(count, exact.rows) : count);
  }
}
