import type ort from 'onnxruntime-node';
import type { ExactBatches } from '#core/inference/batching.ts';
import { collector } from '#core/inference/collect.ts';
import { type MicroBatchProbe, microBatchProbe } from '#core/inference/micro-batch.ts';
import { firstRowsOf, type ModelRows } from '#core/inference/model-output.ts';
import { type OnnxFields, outputsOf } from '#core/inference/onnx-fields.ts';
import type { Values } from '#core/inference/prediction.ts';
import { valuesBetween } from '#core/inference/tensor-values.ts';
import { exactCall } from './exact-batches.ts';
import { type InputFeed, type ModelCall, releaseOutputs, runSession } from './run-session.ts';
import type { ModelFile, Sessions } from './session.ts';

/** Everything that decides what a prediction is; plain data, so that it can be handed to a worker. */
export interface KernelOptions {
  readonly model: ModelFile;
  readonly bindings: readonly InputFeed[];
  readonly outputs: OnnxFields;
  /** How many rows the model is given at once, where that is not free to choose. */
  readonly exact?: ExactBatches;
  /** Largest number of rows that the model is given at once; the best one below it is found by trying. */
  readonly microBatchRows: number;
  /** Threads of onnxruntime. */
  readonly threads: number;
}

/** The model with its output kernel. `run` blocks its thread while the model computes. */
export interface Kernel {
  /**
   * The values of each field of the prediction, in their order. LS_PREDICTION_FAILED if the model refuses the rows, LS_NOT_FINITE if it
   * gives what is not finite.
   */
  run(rows: ModelRows): Promise<readonly Values[]>;
}

/** Loads the model, unless one of the sessions has it. */
export async function loadKernel(sessions: Sessions, options: KernelOptions): Promise<Kernel> {
  const session = await sessions.of(options.model, options.threads);
  const probe = microBatchProbe(options.microBatchRows);
  const { model, bindings, outputs, exact } = options;
  const call = { uri: model.uri, feeds: bindings, outputs: outputsOf(outputs) };
  return { run: (rows) => runInMicroBatches(rows, { session, probe, call, outputs, exact }) };
}

interface Loaded {
  readonly session: ort.InferenceSession;
  readonly probe: MicroBatchProbe;
  readonly call: ModelCall;
  readonly outputs: OnnxFields;
  readonly exact: ExactBatches | undefined;
}

async function runInMicroBatches(rows: ModelRows, loaded: Loaded): Promise<readonly Values[]> {
  const { session, probe, call, outputs, exact } = loaded;
  const collected = collector(outputs, rows.count);
  for (let at = 0; at < rows.count; ) {
    const count = Math.min(exact?.rows ?? probe.size(), rows.count - at);
    const started = performance.now();
    const part = slice(rows, at, count);
    const given = await runSession(session, exact ? exactCall(part, exact) : part, call);
    collected.add(exact && count < exact.rows ? firstRowsOf(given, count) : given, at, count);
    releaseOutputs(given);
    probe.observe(count, performance.now() - started);
    at += count;
  }
  return collected.values;
}

/** `count` rows from row `at` on; of numbers, views. */
function slice({ count: total, inputs }: ModelRows, at: number, count: number): ModelRows {
  const part = inputs.map((values) => {
    const width = values.length / total;
    return valuesBetween(values, at * width, (at + count) * width);
  });
  return { count, inputs: part };
}
