/**
 * The whole inference path of one partition against the model alone, on one thread: ranged reads, decoding, tensors,
 * micro-batches, predictions, the Arrow part and its upload to objects in memory, over nothing but `session.run` on rows
 * that are already there. A multi-layer perceptron of 13 thousand parameters is the worst case: the smaller the model,
 * the more everything around it counts.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
} from 'apache-arrow';
import ort from 'onnxruntime-node';
import { PartBuffer } from '#adapters/arrow/part-writer.ts';
import { inferPartition } from '#adapters/inference/infer-partition.ts';
import { planRun } from '#adapters/inference/plan-run.ts';
import { predictorFor } from '#adapters/inference/predictors.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { encodeModel, type GraphConstant, type GraphNode } from '#adapters/onnx/model-writer.ts';
import { releaseSessions } from '#adapters/onnx/session.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { INFER_LIMITS } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import type { Objects } from '#core/ports.ts';
import { type Row, rowOf } from './row.ts';

const LAYERS = [32, 128, 64, 10] as const;
const FEATURES = LAYERS[0];
const BATCH_ROWS = 32_768;
const BATCHES = 8;
const ROWS = BATCH_ROWS * BATCHES;
const RUNS = 9;
/** Passes over all rows that make one sample; the clock of processor time ticks in milliseconds. */
const PASSES = 4;
const MICRO_BATCHES = [512, 1024, 2048, 4096, 8192] as const;

/**
 * Samples of both arms in turn. The rates are by the wall clock; they are compared by the processor time of this thread,
 * because on a shared machine the wall clock measures the neighbours.
 */
export async function run(): Promise<Row[]> {
  const path = await partitionPath();
  const bare = await bareModel();
  const [whole, alone] = [[] as Sample[], [] as Sample[]];
  await sample(path);
  for (let i = 0; i < RUNS; i++) {
    alone.push(await sample(bare));
    whole.push(await sample(path));
  }
  await releaseSessions();
  const rates = (samples: readonly Sample[]) => samples.map(({ wallMs }) => (ROWS * PASSES) / wallMs);
  const ratios = whole.map(({ cpuMs }, i) => (alone[i]?.cpuMs ?? 0) / cpuMs);
  return [
    rowOf('inference: model alone, 1 thread', rates(alone), { unit: 'krows/s', reach: '' }),
    rowOf('inference: whole path, 1 thread', rates(whole), { unit: 'krows/s', reach: '' }),
    rowOf('inference: whole path over model alone', ratios, { unit: '', reach: '≥ 0.75' }),
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
async function partitionPath(): Promise<() => Promise<void>> {
  const objects = withoutHashing(memoryObjects());
  const put = async (name: string, bytes: Uint8Array) => {
    await objects.put(`s3://bench/${name}`, bytes);
    return `s3://bench/${name}`;
  };
  const job: InferJob = {
    kind: 'infer',
    name: 'bench',
    model: await put('model.onnx', perceptron()),
    input: [await put('rows.arrow', await rowsFile())],
    columns: { x: 'x' },
    predict: { kernel: 'argmax', softmax: false, as: 'prediction' },
    output: { keep: ['id'] },
    limits: { ...INFER_LIMITS, partitionBytes: 1024 ** 3 },
  };
  const jobUri = await put('job.json', Buffer.from(JSON.stringify(job)));
  const ports = { objects, bucket: 'bench', clock: systemClock };
  const { plan } = await planRun(ports, { runId: 'bench', jobUri });
  const predictor = await predictorFor(objects, { plan, partition: 0, processors: 1 });
  const attempt = { plan, partition: 0, attemptId: 'a', predictor, buffer: new PartBuffer() };
  return async () => {
    const { part } = await inferPartition(ports, { ...attempt, remainingMs: () => Number.POSITIVE_INFINITY });
    if (part.rows !== ROWS) throw new Error(`expected ${ROWS} rows, got ${part.rows}`);
  };
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

function perceptron(): Uint8Array {
  const nodes: GraphNode[] = [];
  const constants: GraphConstant[] = [];
  LAYERS.slice(1).forEach((width, i) => {
    const from = LAYERS[i] ?? 0;
    const isLast = i === LAYERS.length - 2;
    const weights = floats(from * width).map((value) => value / Math.sqrt(from));
    constants.push({ name: `w${i}`, dims: [from, width], data: weights });
    constants.push({ name: `b${i}`, dims: [width], data: floats(width) });
    const inputs = [i === 0 ? 'x' : `h${i - 1}`, `w${i}`, `b${i}`];
    nodes.push({ op: 'Gemm', inputs, outputs: [isLast ? 'scores' : `z${i}`] });
    if (!isLast) nodes.push({ op: 'Relu', inputs: [`z${i}`], outputs: [`h${i}`] });
  });
  const outputs = [{ name: 'scores', dims: ['N', LAYERS.at(-1) ?? 0] }];
  return encodeModel({ inputs: [{ name: 'x', dims: ['N', FEATURES] }], outputs, nodes, constants });
}

/** An uncompressed Arrow file: `id: int32`, `x: FixedSizeList<float32>[32]`. */
async function rowsFile(): Promise<Uint8Array> {
  const list = new FixedSizeList(FEATURES, new Field('item', new Float32(), false));
  const schema = new Schema([new Field('id', new Int32(), false), new Field('x', list, false)]);
  const writer = new RecordBatchFileWriter();
  for (let i = 0; i < BATCHES; i++) {
    const [length, nullCount] = [BATCH_ROWS, 0];
    const id = makeData({
      type: new Int32(),
      length,
      nullCount,
      data: new Int32Array(length).map((_, j) => i * length + j),
    });
    const data = floats(length * FEATURES);
    const child = makeData({ type: new Float32(), length: data.length, nullCount, data });
    const x = makeData({ type: list, length, nullCount, child });
    writer.write(
      new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount, children: [id, x] })),
    );
  }
  writer.finish();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Numbers from -1 to 1 that are the same in every run. */
function floats(count: number): Float32Array {
  let state = 0x9e3779b9;
  return new Float32Array(count).map(() => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x12fad5c9;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
