import type { RecordBatch } from 'apache-arrow';
import type { ModelFiles, Predictors } from '#core/inference/ports.ts';
import { modulePredictors } from './module/predictors.ts';
import { onnxPredictors } from './onnx/predictors.ts';

/** Predictors of every kind. What they open belongs to this object alone. */
export function predictorsOf(files: ModelFiles): Predictors<RecordBatch> {
  const onnx = onnxPredictors(files);
  const module = modulePredictors(files);
  return {
    describe: onnx.describe,
    sample: onnx.sample,
    fieldsOf: module.fieldsOf,
    open: (prediction, room) => (prediction.kind === 'onnx' ? onnx.open(prediction, room) : module.open(prediction)),
    close: async () => void (await Promise.all([onnx.close(), module.close()])),
  };
}
