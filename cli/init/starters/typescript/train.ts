/**
 * What every rank of the gang runs: softmax regression over the rows of a query.
 *
 * Each rank differentiates its own rows, `allReduce` adds the gradients up, and every rank takes the same step. For a model
 * of your own replace `readRows`, `differentiate` and `exported`; what remains is what makes a program restart.
 */
import { encodeModel, run, type TaskContext } from 'lockstep/task';

const FEATURES = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
const SPECIES = ['setosa', 'versicolor', 'virginica'];
/** Numbers around zero are learned faster; `exported` takes it into account, so that the model gets them as they are. */
const MIDDLE = [5.8, 3.1, 3.8, 1.2];
const [STEPS, RATE, SAVE_EVERY] = [60, 0.4, 10];
const CLASSES = SPECIES.length;
/** A number for each feature and class, then one for each class: the bias. */
const SIZE = (FEATURES.length + 1) * CLASSES;

interface Row {
  /** The features, and a 1 for the bias. */
  readonly x: readonly number[];
  readonly species: number;
  /** Training never sees it. */
  readonly isHeldOut: boolean;
}

await run(async (task) => {
  const rows = await readRows(task);
  const own = rows.filter(({ isHeldOut }) => !isHeldOut);
  console.log(`rank ${task.rank} of ${task.worldSize}: ${own.length} rows to learn`);

  // After a restart all ranks go on from the same step; there is nothing to go on from at first.
  const saved = await task.checkpoint.latest();
  const model = new Float32Array(SIZE);
  if (saved?.files.model !== undefined) new Uint8Array(model.buffer).set(saved.files.model);
  let [done, loss] = [saved?.step ?? 0, Number.NaN];
  while (done < STEPS) {
    // The slopes of all ranks, their loss and their rows, added up.
    const sum = await task.allReduce(differentiate(model, own));
    const total = sum[SIZE + 1] ?? 1;
    for (let i = 0; i < SIZE; i++) model[i] = (model[i] ?? 0) - (RATE * (sum[i] ?? 0)) / total;
    loss = (sum[SIZE] ?? 0) / total;
    done += 1;
    if (task.rank !== 0) continue;
    await task.progress({ step: done, of: STEPS, metrics: { loss } });
    // A host that is about to be taken away asks for a checkpoint.
    if (done % SAVE_EVERY === 0 || task.checkpointRequested) {
      await task.checkpoint.save(done, { model: new Uint8Array(model.buffer.slice(0)) });
    }
  }

  const heldOut = rows.filter(({ isHeldOut }) => isHeldOut);
  const right = heldOut.filter(({ x, species }) => best(shares(model, x)) === species).length;
  const [allRight = 0, all = 0] = await task.allReduce(Float32Array.of(right, heldOut.length));
  // `model.onnx` is published under the name of the job once the run has succeeded.
  if (task.rank === 0) await task.result({ accuracy: allRight / all, loss }, { 'model.onnx': exported(model) });
});

/** This rank's part of the query's result, which no other rank has. */
async function readRows(task: TaskContext): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const shard of task.shards()) {
    const table = await shard.table();
    const values = (name: string) => table.getChild(name)?.toArray() ?? [];
    const features = FEATURES.map(values);
    const [species, split] = [table.getChild('species'), table.getChild('split')];
    for (let i = 0; i < table.numRows; i++) {
      const x = features.map((column, k) => Number(column[i]) - (MIDDLE[k] ?? 0));
      rows.push({
        x: [...x, 1],
        species: SPECIES.indexOf(String(species?.get(i))),
        isHeldOut: String(split?.get(i)) === 'test',
      });
    }
  }
  return rows;
}

/** The share of each class, which add up to 1. */
function shares(model: Float32Array, x: readonly number[]): readonly number[] {
  const scores = SPECIES.map((_, k) => x.reduce((sum, value, i) => sum + value * (model[i * CLASSES + k] ?? 0), 0));
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function best(all: readonly number[]): number {
  return all.indexOf(Math.max(...all));
}

/** The slopes of the cross entropy over the rows, that loss itself, and how many rows there are. */
function differentiate(model: Float32Array, rows: readonly Row[]): Float32Array {
  const sum = new Float32Array(SIZE + 2);
  const add = (i: number, value: number) => {
    sum[i] = (sum[i] ?? 0) + value;
  };
  for (const { x, species } of rows) {
    const guess = shares(model, x);
    for (const [i, value] of x.entries()) {
      for (const [k, share] of guess.entries()) add(i * CLASSES + k, (share - Number(k === species)) * value);
    }
    add(SIZE, -Math.log(guess[species] ?? 0));
    add(SIZE + 1, 1);
  }
  return sum;
}

/** The model as an ONNX file: features in, shares out. */
function exported(model: Float32Array): Uint8Array {
  const weights = model.slice(0, SIZE - CLASSES);
  const bias = model.slice(SIZE - CLASSES).map((own, k) => {
    const shift = MIDDLE.reduce((sum, middle, i) => sum + middle * (weights[i * CLASSES + k] ?? 0), 0);
    return own - shift;
  });
  return encodeModel({
    inputs: [{ name: 'x', dims: ['rows', FEATURES.length] }],
    outputs: [{ name: 'probabilities', dims: ['rows', CLASSES] }],
    constants: [
      { name: 'weights', dims: [FEATURES.length, CLASSES], data: weights },
      { name: 'bias', dims: [CLASSES], data: bias },
    ],
    nodes: [
      { op: 'Gemm', inputs: ['x', 'weights', 'bias'], outputs: ['logits'] },
      { op: 'Softmax', inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: -1 } },
    ],
  });
}
