/** A classifier of two layers, 784 → 128 → 10, its gradients, and the form in which inference takes it. */
import { encodeModel, type GraphModel, type GraphNode } from 'lockstep/task';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export const INPUTS = 784;
const HIDDEN = 128;
export const CLASSES = 10;

/** All parameters are kept in one array, so that they are averaged, stepped and saved as one. */
const PARAMETERS = { w0: [INPUTS, HIDDEN], b0: [HIDDEN], w1: [HIDDEN, CLASSES], b1: [CLASSES] } as const;
type Name = keyof typeof PARAMETERS;
const NAMES = Object.keys(PARAMETERS) as readonly Name[];
const sizeOf = (name: Name): number => PARAMETERS[name].reduce((product: number, dim) => product * dim, 1);
export const PARAMETER_COUNT = NAMES.reduce((sum, name) => sum + sizeOf(name), 0);

/** The parts of the array, as views: writing to one writes to the array. */
export function parts(all: Float32Array): Record<Name, Float32Array> {
  const views: Partial<Record<Name, Float32Array>> = {};
  let at = 0;
  for (const name of NAMES) {
    views[name] = all.subarray(at, at + sizeOf(name));
    at += sizeOf(name);
  }
  return views as Record<Name, Float32Array>;
}

/** Glorot's uniform start; biases are 0. */
export function initialParameters(random: () => number): Float32Array {
  const all = new Float32Array(PARAMETER_COUNT);
  for (const name of ['w0', 'w1'] as const) {
    const [fanIn, fanOut] = PARAMETERS[name];
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    const weights = parts(all)[name];
    for (let i = 0; i < weights.length; i++) weights[i] = (random() * 2 - 1) * limit;
  }
  return all;
}

const FORWARD: readonly GraphNode[] = [
  { op: 'Gemm', inputs: ['pixels', 'w0', 'b0'], outputs: ['z0'] },
  { op: 'Relu', inputs: ['z0'], outputs: ['h'] },
  { op: 'Gemm', inputs: ['h', 'w1', 'b1'], outputs: ['z1'] },
  { op: 'Softmax', inputs: ['z1'], outputs: ['probs'], attributes: { axis: -1 } },
];

/** Cross entropy, averaged over the batch: −Σ target · log(probs) / N. */
const LOSS: readonly GraphNode[] = [
  { op: 'Add', inputs: ['probs', 'tiny'], outputs: ['safe'] },
  { op: 'Log', inputs: ['safe'], outputs: ['log'] },
  { op: 'Mul', inputs: ['log', 'target'], outputs: ['hit'] },
  { op: 'ReduceSum', inputs: ['hit'], outputs: ['sum'], attributes: { keepdims: 0 } },
  { op: 'Mul', inputs: ['sum', 'perRow'], outputs: ['mean'] },
  { op: 'Neg', inputs: ['mean'], outputs: ['loss'] },
];

/** The chain rule by hand, last layer first. `d…` is the derivative of the loss by …. */
const BACKWARD: readonly GraphNode[] = [
  { op: 'Sub', inputs: ['probs', 'target'], outputs: ['error'] },
  { op: 'Mul', inputs: ['error', 'perRow'], outputs: ['dz1'] },
  { op: 'Gemm', inputs: ['h', 'dz1'], outputs: ['dw1'], attributes: { transA: 1 } },
  { op: 'ReduceSum', inputs: ['dz1', 'rows'], outputs: ['db1'], attributes: { keepdims: 0 } },
  { op: 'Gemm', inputs: ['dz1', 'w1'], outputs: ['dh'], attributes: { transB: 1 } },
  { op: 'Greater', inputs: ['z0', 'zero'], outputs: ['active'] },
  { op: 'Where', inputs: ['active', 'dh', 'zero'], outputs: ['dz0'] },
  { op: 'Gemm', inputs: ['pixels', 'dz0'], outputs: ['dw0'], attributes: { transA: 1 } },
  { op: 'ReduceSum', inputs: ['dz0', 'rows'], outputs: ['db0'], attributes: { keepdims: 0 } },
];

/** One step of training as one graph: the parameters are inputs, their gradients are outputs. */
const STEP: GraphModel = {
  inputs: [
    { name: 'pixels', dims: ['N', INPUTS] },
    { name: 'target', dims: ['N', CLASSES] },
    { name: 'perRow', dims: [] },
    ...NAMES.map((name) => ({ name, dims: PARAMETERS[name] })),
  ],
  outputs: [{ name: 'loss', dims: [] }, ...NAMES.map((name) => ({ name: `d${name}`, dims: PARAMETERS[name] }))],
  constants: [
    { name: 'zero', dims: [], data: Float32Array.of(0) },
    { name: 'tiny', dims: [], data: Float32Array.of(1e-9) },
    { name: 'rows', dims: [1], data: BigInt64Array.of(0n) },
  ],
  nodes: [...FORWARD, ...LOSS, ...BACKWARD],
};

export interface Batch {
  /** Row-major [n, INPUTS]. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** Fills `gradient` with the derivatives of the mean loss over the batch, and returns that loss. */
export type Differentiate = (parameters: Float32Array, batch: Batch, gradient: Float32Array) => Promise<number>;

export async function differentiator(): Promise<Differentiate> {
  // One thread: the tasks of a gang share the machine's cores, and sums keep one order.
  const session = await InferenceSession.create(encodeModel(STEP), { intraOpNumThreads: 1 });
  return async (parameters, { pixels, labels }, gradient) => {
    const n = labels.length;
    const weights = parts(parameters);
    const results = await session.run({
      pixels: new Tensor('float32', pixels, [n, INPUTS]),
      target: new Tensor('float32', oneHot(labels), [n, CLASSES]),
      perRow: new Tensor('float32', Float32Array.of(1 / n), []),
      ...Object.fromEntries(NAMES.map((name) => [name, new Tensor('float32', weights[name], PARAMETERS[name])])),
    });
    const values = (output: string) => results[output]?.data as Float32Array;
    const slots = parts(gradient);
    for (const name of NAMES) slots[name].set(values(`d${name}`));
    return values('loss')[0] as number;
  };
}

/** The trained network by itself: `pixels` float32[N, 784] in, `probs` float32[N, 10] out. */
export function exportModel(parameters: Float32Array): Uint8Array {
  const data = parts(parameters);
  return encodeModel({
    inputs: [{ name: 'pixels', dims: ['N', INPUTS] }],
    outputs: [{ name: 'probs', dims: ['N', CLASSES] }],
    constants: NAMES.map((name) => ({ name, dims: PARAMETERS[name], data: data[name] })),
    nodes: FORWARD,
  });
}

/** How many rows the exported model labels correctly. */
export async function countCorrect(model: Uint8Array, { pixels, labels }: Batch): Promise<number> {
  if (labels.length === 0) return 0;
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { probs } = await session.run({ pixels: new Tensor('float32', pixels, [labels.length, INPUTS]) });
  const scores = probs?.data as Float32Array;
  return labels.reduce((sum, label, row) => sum + Number(argMax(scores, row * CLASSES) === label), 0);
}

function argMax(scores: Float32Array, from: number): number {
  const row = scores.subarray(from, from + CLASSES);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
}

function oneHot(labels: Int32Array): Float32Array {
  const rows = new Float32Array(labels.length * CLASSES);
  for (const [row, label] of labels.entries()) rows[row * CLASSES + label] = 1;
  return rows;
}
