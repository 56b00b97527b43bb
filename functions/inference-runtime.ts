/** The ports of functions that run models: apart from object-runtime.ts, because the others need not load onnxruntime. */
import type { RecordBatch } from 'apache-arrow';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import type { Predictors } from '#core/inference/ports.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import type { ParquetDecoder } from '#formats/parquet/decoder.ts';
import { objectRuntime, once, withPorts } from './object-runtime.ts';

const predictors = once(() => predictorsOf(modelFiles(objectRuntime.objects)));
const memory = new TaskMemory();
const parquet = once(() => workerDecoder());

/** What one partition leaves here, the next one in the same environment finds. */
export const inferenceRuntime = withPorts(objectRuntime, {
  memory,
  parquetFile: () => workerEncoder(),
  get parquet(): ParquetDecoder {
    return parquet();
  },
  get predictors(): Predictors<RecordBatch> {
    return predictors();
  },
});
