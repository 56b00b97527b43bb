/**
 * The whole inference path of one partition against the model alone, on one thread: ranged reads, decoding, tensors,
 * micro-batches, predictions, the Arrow part and its upload to objects in memory, over nothing but `session.run` on rows
 * that are already there. A multi-layer perceptron of 13 thousand parameters is the worst case: the smaller the model,
 * the more everything around it counts.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { INFER_LIMITS, ROW_POLICY } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import { inferPartition } from '#flows/inference/infer-partition.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import { FEATURES, floats, perceptron, rowsFile } from './perceptron.ts';
import { type Row, rowOf } from './row.ts';

const BATCH_ROWS = 32_768;
const BATCHES = 8;
const ROWS = BATCH_ROWS * BATCHES;
const RUNS = 9;
/** Passes over all rows that make one sample; the clock of processor time ticks in milliseconds. */
const PASSES = 4;
const MICRO_BATCHES = [512, 1024, 2048, 4096, 8192] as const;

/**
 * Samples of both arms in turn, each held against the one before it. The ratio is by the wall clock, and beside it by the
 * processor time of this thread: on a shared machine the wall clock measures the neighbours too.
 */
export async function run(): Promise<Row[]> {
  const { path, close } = await partitionPath();
  const bare = await bareModel();
  const [whole, alone] = [[] as Sample[], [] as Sample[]];
  await sample(path);
  for (let i = 0; i < RUNS; i++) {
    alone.push(await sample(bare));
    whole.push(await sample(path));
  }
  await close();
  const rates = (samples: readonly Sample[]) => samples.map(({ wallMs }) => (ROWS * PASSES) / wallMs);
  const ratios = (cost: (one: Sample) => number) => whole.map((one, i) => cost(alone[i] ?? one) / cost(one));
  return [
    rowOf('inference: model alone, 1 thread', rates(alone), { unit: 'krows/s', reach: '' }),
    rowOf('inference: whole path, 1 thread', rates(whole), { unit: 'krows/s', reach: '' }),
    rowOf(
      'inference: whole path over model alone',
      ratios(({ wallMs }) => wallMs),
      { unit: '', reach: '≥ 0.96' },
    ),
    rowOf(
      'inference: the same by processor time',
      ratios(({ cpuMs }) => cpuMs),
      { unit: '', reach: '' },
    ),
  ];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function sample(work: () => Promise<void>): Promise<Sample> {
  const [started, before] = [performance.now(), process.threadCpuUsage()];
  for (let i = 0; i < PASSES; i++) await work();
  const { user, system } = process.threadCpuUsage(before);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

/** One attempt at a partition of all rows, the plan made and the model loaded. */
async function partitionPath(): Promise<{ path: () => Promise<void>; close: () => Promise<void> }> {
  const objects = withoutHashing(memoryObjects());
  const put = async (name: string, bytes: Uint8Array) => {
    await objects.put(`s3://bench/${name}`, bytes);
    return `s3://bench/${name}`;
  };
  const job: InferJob = {
    kind: 'infer',
    name: 'bench',
    model: await put('model.onnx', perceptron()),
    input: [await put('rows.arrow', await rowsFile(BATCHES, BATCH_ROWS))],
    columns: { x: 'x' },
    predict: { kind: 'onnx', kernel: 'argmax', softmax: false, as: 'prediction' },
    output: { keep: ['id'] },
    onError: ROW_POLICY,
    limits: { ...INFER_LIMITS, partitionBytes: 1024 ** 3 },
  };
  const jobUri = await put('job.json', Buffer.from(JSON.stringify(job)));
  const predictors = predictorsOf(modelFiles(objects));
  const parquet = { parquet: workerDecoder(), parquetFile: () => workerEncoder() };
  const ports = { objects, ...parquet, bucket: 'bench', clock: systemClock, predictors };
  const { plan } = await planRun(ports, { runId: 'bench', jobUri });
  const predictor = await predictors.open(plan.prediction, { processors: 1, sizeBytes: 0 });
  const attempt = { plan, partition: 0, attemptId: 'a', predictor, memory: new TaskMemory().take() };
  const path = async () => {
    const { part } = await inferPartition(ports, { ...attempt, remainingMs: () => Number.POSITIVE_INFINITY });
    if (part.rows !== ROWS) throw new Error(`expected ${ROWS} rows, got ${part.rows}`);
  };
  return { path, close: () => predictors.close() };
}

/** S3 makes etags on its own machines: the bench must not pay for them. */
function withoutHashing(objects: Objects): Objects {
  const memory = new Uint8Array(64 * 1024 * 1024);
  return {
    ...objects,
    async put(uri, body, condition) {
      if (!uri.endsWith('-a.arrow')) return objects.put(uri, body, condition);
      memory.set(body);
      return { won: true, etag: '"part"' };
    },
  };
}

/** `session.run` over as many rows, at the micro-batch that is fastest here. */
async function bareModel(): Promise<() => Promise<void>> {
  const path = join(tmpdir(), `lockstep-bench-${process.pid}.onnx`);
  await writeFile(path, perceptron());
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const features = floats(BATCH_ROWS * FEATURES);
  const pass = (rows: number) => async () => {
    for (let done = 0; done < ROWS; done += rows) {
      const at = (done % BATCH_ROWS) * FEATURES;
      const view = features.subarray(at, at + rows * FEATURES);
      await session.run({ x: new ort.Tensor('float32', view, [rows, FEATURES]) }, ['scores']);
    }
  };
  const times: number[] = [];
  for (const rows of MICRO_BATCHES) times.push(Math.min(await timed(pass(rows)), await timed(pass(rows))));
  return pass(MICRO_BATCHES[times.indexOf(Math.min(...times))] ?? MICRO_BATCHES[0]);
}
