import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { firstRound } from '#core/inference/round.ts';
import type { PartitionItem, PartitionTask } from '#core/inference/state.ts';
import { INFER_LIMITS, PREDICTION_COLUMN } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import type { Log } from '#core/system/ports.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { WIDTH } from '../../formats/arrow/files.ts';

export const BUCKET = 'data';
export const MODEL_URI = `s3://${BUCKET}/models/toy.onnx`;
export const INPUT_URI = `s3://${BUCKET}/in/`;

/**
 * Scores of three classes from x: [x0 - 3, 0.5, -x0]. With the rows of files.ts, x0 = the row's id, so the label is 1
 * for ids up to 3 and 0 above, and the score is 0.5 or id - 3.
 */
export const toyModel = (width = WIDTH): Uint8Array =>
  encodeModel({
    inputs: [{ name: 'x', dims: ['N', width] }],
    outputs: [{ name: 'scores', dims: ['N', 3] }],
    constants: [
      { name: 'w', dims: [width, 3], data: Float32Array.from({ length: width * 3 }, (_, i) => [1, 0, -1][i] ?? 0) },
      { name: 'b', dims: [3], data: Float32Array.of(-3, 0.5, 0) },
    ],
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['scores'] }],
  });

export const expected = (id: number) => (id <= 3 ? { label: 1, score: 0.5 } : { label: 0, score: id - 3 });

export const newJob = (changes: Partial<InferJob> = {}): InferJob => ({
  kind: 'infer',
  name: 'toy',
  model: MODEL_URI,
  input: [INPUT_URI],
  columns: {},
  predict: { kind: 'onnx', kernel: 'argmax', softmax: false, as: PREDICTION_COLUMN },
  output: { keep: 'all', format: 'arrow' },
  onError: rowPolicy('fail'),
  limits: { ...INFER_LIMITS, partitionBytes: 700 },
  ...changes,
});

const executionOf = (runId: string): string => `execution-of-${runId}`;

/** The first round of the one execution that a run has here. */
export const roundOf = (runId: string): string => firstRound(executionOf(runId));

/** Every port in memory, with real ids, the real clock and real models. Close it. */
export function newWorld() {
  const objects = memoryObjects();
  const silent: Log = { info() {}, warn() {}, error() {} };
  const ports = {
    ...{ objects, bucket: BUCKET, clock: systemClock, ids: systemIds, log: silent, runs: memoryRuns() },
    parquet: workerDecoder(),
    parquetFile: () => workerEncoder(),
    predictors: predictorsOf(modelFiles(objects)),
    memory: new TaskMemory(),
  };
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return {
    ...ports,
    ports,
    close: () => ports.predictors.close(),
    async start(runId: string, job: InferJob = newJob()) {
      const jobUri = `s3://${BUCKET}/runs/${runId}/job.json`;
      await objects.put(jobUri, json(job));
      return { runId, jobUri };
    },
    /** The same as Plan is given it. */
    async started(runId: string, job?: InferJob) {
      return { input: await this.start(runId, job), execution: executionOf(runId) };
    },
    async input(name: string, bytes: Uint8Array) {
      await objects.put(`${INPUT_URI}${name}`, bytes);
    },
    async items(runId: string): Promise<PartitionTask[]> {
      const { bytes } = await objects.get(`s3://${BUCKET}/runs/${runId}/items.json`);
      const items: readonly PartitionItem[] = JSON.parse(new TextDecoder().decode(bytes));
      return items.map((item) => ({ ...item, round: roundOf(runId) }));
    },
    async keys(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const { uri } of objects.list(`s3://${BUCKET}/${prefix}`)) found.push(uri);
      return found;
    },
  };
}

export const unhurried = { processors: 1, remainingMs: () => 900_000 };
