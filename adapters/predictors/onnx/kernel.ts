import ort from 'onnxruntime-node';
import { LockstepError } from '#core/errors.ts';
import { argmax } from '#core/inference/argmax.ts';
import type { Binding } from '#core/inference/bind.ts';
import { type MicroBatchProbe, microBatchProbe } from '#core/inference/micro-batch.ts';
import type { Values } from '#core/inference/prediction.ts';
import type { TensorValues } from '#formats/arrow/values/tensor.ts';
import type { ModelFile, Sessions } from './session.ts';

/** Everything that decides what a prediction is; plain data, so that it can be handed to a worker. */
export interface KernelOptions {
  readonly model: ModelFile;
  readonly bindings: readonly Pick<Binding, 'input' | 'element' | 'dims'>[];
  /** Output of the model with one row of class scores a row. */
  readonly scores: string;
  readonly softmax: boolean;
  /** Largest number of rows that the model is given at once; the best one below it is found by trying. */
  readonly microBatchRows: number;
  /** Threads of onnxruntime. */
  readonly threads: number;
}

/** The rows of one record batch: one row-major tensor for each binding, in their order. */
export interface Rows {
  readonly count: number;
  readonly inputs: readonly TensorValues[];
}

/** The model with its output kernel. `run` blocks its thread while the model computes. */
export interface Kernel {
  /**
   * The values of each field of the prediction, in their order. LS_PREDICTION_FAILED if the model refuses the rows or
   * gives a score that is not finite.
   */
  run(rows: Rows): Promise<readonly Values[]>;
}

/** Loads the model, unless one of the sessions has it. */
export async function loadKernel(sessions: Sessions, options: KernelOptions): Promise<Kernel> {
  const session = await sessions.of(options.model, options.threads);
  const probe = microBatchProbe(options.microBatchRows);
  return { run: (rows) => runInMicroBatches(rows, { session, probe, options }) };
}

interface Loaded {
  readonly session: ort.InferenceSession;
  readonly probe: MicroBatchProbe;
  readonly options: KernelOptions;
}

async function runInMicroBatches(rows: Rows, { session, probe, options }: Loaded): Promise<readonly Values[]> {
  const out = { labels: new Int32Array(rows.count), scores: new Float32Array(rows.count) };
  for (let at = 0; at < rows.count; ) {
    const count = Math.min(probe.size(), rows.count - at);
    const started = performance.now();
    const scores = await scoresOf(session, slice(rows, at, count), options);
    argmax(scores, scores.length / count, { ...out, at, softmax: options.softmax });
    release(scores);
    probe.observe(count, performance.now() - started);
    at += count;
  }
  return [out.labels, out.scores];
}

/**
 * Gives the memory of an output back at once. Left to the garbage collector, outputs of some hundred kilobytes pile up,
 * make it run several times a second, and every run of the model writes to memory that is cold.
 */
function release(output: Float32Array): void {
  if (output.buffer instanceof ArrayBuffer) output.buffer.transfer(0);
}

/** Views of `count` rows from row `at` on. */
function slice({ count: total, inputs }: Rows, at: number, count: number): Rows {
  const part = inputs.map((values) => {
    const width = values.length / total;
    return values.subarray(at * width, (at + count) * width);
  });
  return { count, inputs: part };
}

async function scoresOf(session: ort.InferenceSession, rows: Rows, options: KernelOptions): Promise<Float32Array> {
  const feeds = Object.fromEntries(
    options.bindings.map(({ input, element, dims }, i) => [
      input,
      new ort.Tensor(element as 'float32', rows.inputs[i] as Float32Array, [rows.count, ...dims]),
    ]),
  );
  const output = await session.run(feeds, [options.scores]).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new LockstepError('LS_PREDICTION_FAILED', `${options.model.uri} failed on ${rows.count} rows: ${why}`, {
      cause: error,
    });
  });
  const scores = output[options.scores];
  if (!(scores?.data instanceof Float32Array) || scores.dims[0] !== rows.count || scores.data.length === 0) {
    const got = `${scores?.type}[${scores?.dims.join(',')}]`;
    throw new LockstepError('LS_PREDICTION_FAILED', `expected one row of scores for ${rows.count} rows, got ${got}`);
  }
  return scores.data;
}
