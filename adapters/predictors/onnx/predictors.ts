import { readFile } from 'node:fs/promises';
import type { RecordBatch } from 'apache-arrow';
import type { ModelOutputs } from '#core/inference/model-output.ts';
import type { OnnxPrediction } from '#core/inference/plan.ts';
import type { ModelFiles, Predictor, Predictors, Room, StageWatch } from '#core/inference/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { type BatchShape, batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { classesOf } from '#formats/onnx/classes.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { KernelOptions } from './kernel.ts';
import { type ModelRunner, openModelRunner } from './model-runner.ts';
import { runSession } from './run-session.ts';
import { type ModelFile, onnxruntimeVersion, Sessions, signatureOf } from './session.ts';

/** A partition that is smaller is done before a thread has started. */
const WORTH_A_THREAD_BYTES = 8 * 1024 * 1024;

/** The part of `Predictors` that concerns models for onnxruntime. */
export interface OnnxPredictors extends Pick<Predictors<RecordBatch>, 'describe' | 'sample' | 'close'> {
  open(prediction: OnnxPrediction, room: Room): Promise<Predictor<RecordBatch>>;
}

/**
 * Models run by onnxruntime. Sessions and threads belong to this object alone: what another runs in the same process
 * has others.
 */
export function onnxPredictors(files: ModelFiles): OnnxPredictors {
  const sessions = new Sessions();
  /** By all that decides what they do. */
  const open = new Map<string, Promise<ModelRunner>>();
  const fileOf = async (model: ObjectRef): Promise<ModelFile> => ({ ...model, path: await files.path(model) });

  const runnerOf = (options: KernelOptions, workers: number): Promise<ModelRunner> => {
    const key = JSON.stringify([options, workers]);
    const known = open.get(key);
    if (known) return known;
    const runner = openModelRunner(sessions, options, workers);
    open.set(key, runner);
    runner.catch(() => open.delete(key));
    return runner;
  };

  return {
    async describe(model) {
      const file = await fileOf(model);
      const signature = signatureOf(await sessions.of(file, 1));
      const classes = signature.outputs.length > 1 ? classesOf(await readFile(file.path)) : undefined;
      return { ...signature, ...(classes && { classes }) };
    },
    async sample(model, bindings, calls) {
      const session = await sessions.of(await fileOf(model), 1);
      const outputs = session.outputMetadata.flatMap(({ isTensor, name }) => (isTensor ? [name] : []));
      const given: ModelOutputs[] = [];
      // One after the other: each blocks this thread while it runs.
      for (const rows of calls)
        given.push(await runSession(session, rows, { uri: model.uri, feeds: bindings, outputs }));
      return given;
    },
    async open(prediction, room) {
      const options = kernelOptions(prediction, await fileOf(prediction.model));
      return onnxPredictor(await runnerOf(options, workersFor(room)), prediction);
    },
    async close() {
      const all = [...open.values()];
      open.clear();
      await Promise.allSettled(all.map(async (runner) => (await runner).close()));
      await sessions.close();
    },
  };
}

const workersFor = ({ processors, sizeBytes }: Room): number =>
  processors < 2 || sizeBytes < WORTH_A_THREAD_BYTES ? 0 : processors;

/** Plain data and nothing of the run: partitions of other runs with the same model share a runner. */
const kernelOptions = (
  { bindings, outputs, exact, microBatchRows }: OnnxPrediction,
  { path, uri, sha256 }: ModelFile,
): KernelOptions => ({
  model: { path, uri, sha256 },
  bindings: bindings.map(({ input, element, dims }) => ({ input, element, dims })),
  ...{ outputs, microBatchRows, threads: 1, ...(exact && { exact }) },
});

function onnxPredictor(runner: ModelRunner, { bindings, fields }: OnnxPrediction): Predictor<RecordBatch> {
  const shape: BatchShape = batchShape(fields);
  const predictOne = async (batch: RecordBatch, watch: StageWatch): Promise<RecordBatch> => {
    const inputs = watch.time('decode', () => bindings.map((binding) => tensorOf(batch, binding)));
    const values = await watch.timeAsync('run', () => runner.run({ count: batch.numRows, inputs }));
    return shape(batch.numRows, values);
  };
  return {
    outputFields: fields,
    versions: { onnxruntime: onnxruntimeVersion },
    predict: (batches, watch) => ordered(batches, runner.depth, (batch) => predictOne(batch, watch)),
  };
}
