import type { RecordBatch } from 'apache-arrow';
import type { Predictor } from '#adapters/predictors/onnx/predictor.ts';
import { LockstepError } from '#core/errors.ts';
import type { Predictions } from '#core/inference/argmax.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { decodeRecordBatch } from '#formats/arrow/read/decode-batch.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import type { SourcedFrame } from './slices.ts';
import type { Stages } from './stages.ts';

export interface PredictedBatch extends Predictions {
  /** A view of the frame that it was decoded from. */
  readonly batch: RecordBatch;
  /** Gives the frame back: call it when the batch is written. */
  readonly release: () => void;
}

/** Decodes a record batch and predicts its rows. Errors that concern rows say in which batch of which object they are. */
export async function predictBatch(
  frame: SourcedFrame,
  { attempt, watch }: { attempt: { plan: InferencePlan; predictor: Predictor }; watch: Stages },
): Promise<PredictedBatch> {
  const { plan, predictor } = attempt;
  try {
    const { batch, inputs } = watch.time('decode', () => {
      const decoded = decodeRecordBatch(frame.bytes, frame.block, frame.context);
      return { batch: decoded, inputs: plan.bindings.map((binding) => tensorOf(decoded, binding)) };
    });
    const predictions = await watch.timeAsync('run', () => predictor.predict({ count: batch.numRows, inputs }));
    return { batch, release: frame.release, ...predictions };
  } catch (error) {
    throw placed(error, frame);
  }
}

/** Decoding names the object itself; the model and the tensors do not know where their rows come from. */
function placed(error: unknown, { context, index }: SourcedFrame): unknown {
  if (!(error instanceof LockstepError)) return error;
  if (error.code !== 'LS_NULL_INPUT' && error.code !== 'LS_PREDICTION_FAILED') return error;
  const message = `${context.place.uri}, record batch ${index}: ${error.message}`;
  return new LockstepError(error.code, message, { cause: error });
}
