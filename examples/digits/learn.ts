import type { TaskContext } from 'lockstep/task';
import { Adam } from './adam.ts';
import { type Batch, differentiator, initialParameters, PARAMETER_COUNT } from './network.ts';
import { randomNumbers, shuffle } from './random.ts';
import { pick } from './samples.ts';

export interface LearnOptions {
  readonly epochs: number;
  /** Rows of one step on each rank. */
  readonly batchRows: number;
  readonly learningRate: number;
  /** A checkpoint after every so many steps. */
  readonly saveEvery: number;
}

type Gang = Pick<TaskContext, 'rank' | 'allReduce' | 'allGather' | 'checkpoint' | 'checkpointRequested' | 'progress'>;

export interface Learned {
  readonly parameters: Float32Array;
  /** Loss of the last step, over all ranks. */
  readonly loss: number;
}

/**
 * Data-parallel training: each rank differentiates its own rows, the gradients are averaged over all ranks, and every
 * rank takes the same step, so that the parameters are equal everywhere. What step `n` does depends on `n` alone:
 * training that goes on from a checkpoint ends with the same parameters as training that was never interrupted.
 */
export async function learn(task: Gang, rows: Batch, options: LearnOptions): Promise<Learned> {
  const smallest = Math.min(...(await task.allGather(String(rows.labels.length))).map(Number));
  const stepsPerEpoch = Math.floor(smallest / options.batchRows);
  if (stepsPerEpoch === 0) throw new Error(`a rank has ${smallest} rows, fewer than one batch of ${options.batchRows}`);
  const steps = options.epochs * stepsPerEpoch;

  const parameters = initialParameters(randomNumbers(1));
  const adam = new Adam(PARAMETER_COUNT, options.learningRate);
  let done = await restore(task, parameters, adam);
  let loss = Number.NaN;

  const differentiate = await differentiator();
  // The last element carries the loss along.
  const own = new Float32Array(PARAMETER_COUNT + 1);
  let [epoch, order] = [-1, new Int32Array()];
  while (done < steps) {
    if (epoch !== Math.floor(done / stepsPerEpoch)) {
      epoch = Math.floor(done / stepsPerEpoch);
      order = shuffle(Int32Array.from(rows.labels.keys()), randomNumbers(1000 * task.rank + epoch));
    }
    const from = (done % stepsPerEpoch) * options.batchRows;
    const batch = pick(rows, order.subarray(from, from + options.batchRows));
    own[PARAMETER_COUNT] = await differentiate(parameters, batch, own.subarray(0, PARAMETER_COUNT));
    const mean = await task.allReduce(own, 'mean');
    adam.step(parameters, mean.subarray(0, PARAMETER_COUNT));
    loss = mean[PARAMETER_COUNT] as number;
    done += 1;
    if (task.rank !== 0) continue;
    if (done % 10 === 0 || done === steps) await task.progress({ step: done, of: steps, metrics: { loss } });
    if (done % options.saveEvery === 0 || task.checkpointRequested) await save(task, parameters, adam);
  }
  return { parameters, loss };
}

async function save(task: Gang, parameters: Float32Array, adam: Adam): Promise<void> {
  const files = { parameters: bytesOf(parameters), mean: bytesOf(adam.mean), square: bytesOf(adam.square) };
  await task.checkpoint.save(adam.steps, files);
}

/** Returns the number of steps that the checkpoint has behind it; 0 where there is none. */
async function restore(task: Gang, parameters: Float32Array, adam: Adam): Promise<number> {
  const latest = await task.checkpoint.latest();
  if (latest === undefined) return 0;
  for (const [name, target] of Object.entries({ parameters, mean: adam.mean, square: adam.square })) {
    bytesOf(target).set(latest.files[name] ?? new Uint8Array());
  }
  adam.steps = latest.step;
  return latest.step;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
