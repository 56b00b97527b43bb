import type { RecordBatch } from 'apache-arrow';
import type { Predictor } from '#adapters/predictors/onnx/predictor.ts';
import { LockstepError } from '#core/errors.ts';
import type { Predictions } from '#core/inference/argmax.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import type { SourcedBatch } from './slices.ts';
import type { Stages } from './stages.ts';

export interface PredictedBatch extends Predictions {
  /** A view of the memory that it was read to. */
  readonly batch: RecordBatch;
  /** Gives that memory back: call it when the batch is written. */
  readonly release: () => void;
}

/** Predicts the rows of a record batch. Errors that concern rows say in which block of which object they are. */
export async function predictBatch(
  source: SourcedBatch,
  { attempt, watch }: { attempt: { plan: InferencePlan; predictor: Predictor }; watch: Stages },
): Promise<PredictedBatch> {
  const { plan, predictor } = attempt;
  const { batch, release } = source;
  try {
    const inputs = watch.time('decode', () => plan.bindings.map((binding) => tensorOf(batch, binding)));
    const predictions = await watch.timeAsync('run', () => predictor.predict({ count: batch.numRows, inputs }));
    return { batch, release, ...predictions };
  } catch (error) {
    throw placed(error, source);
  }
}

/** Decoding names the object itself; the model and the tensors do not know where their rows come from. */
function placed(error: unknown, { uri, block }: SourcedBatch): unknown {
  if (!(error instanceof LockstepError)) return error;
  if (error.code !== 'LS_NULL_INPUT' && error.code !== 'LS_PREDICTION_FAILED') return error;
  const message = `${uri}, record batch ${block}: ${error.message}`;
  return new LockstepError(error.code, message, { cause: error });
}
