import type { RecordBatch } from 'apache-arrow';
import type { ModelFiles, Predictors } from '#core/inference/ports.ts';
import { startModuleThread } from './module/module-thread.ts';
import { onnxPredictors } from './onnx/predictors.ts';
import { programPredictors } from './program/predictors.ts';
import { startPythonProcess } from './python/python-process.ts';

/** Predictors of every kind. What they open belongs to this object alone. */
export function predictorsOf(files: ModelFiles): Predictors<RecordBatch> {
  const onnx = onnxPredictors(files);
  const programs = programPredictors(async (program) => {
    const { kind, model, timeoutS } = program;
    const options = { path: await files.path(model, kind === 'python' ? 'py' : 'mjs'), name: model.uri, timeoutS };
    if (kind === 'module') return await startModuleThread(options);
    return await startPythonProcess({ ...options, python: program.python });
  });
  return {
    describe: onnx.describe,
    sample: onnx.sample,
    fieldsOf: programs.fieldsOf,
    open: (prediction, room) => (prediction.kind === 'onnx' ? onnx.open(prediction, room) : programs.open(prediction)),
    close: async () => void (await Promise.all([onnx.close(), programs.close()])),
  };
}
