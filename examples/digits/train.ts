/**
 * What every task of the gang runs. Read on in learn.ts (the training loop) and network.ts (the network).
 *
 * For a model of your own: read your rows, take the average of your gradients with `allReduce`, save what you need to go
 * on from with `checkpoint`, and hand over an ONNX file with `result`.
 */
import { run } from 'lockstep/task';
import { learn } from './learn.ts';
import { countCorrect, exportModel } from './network.ts';
import { readSamples } from './samples.ts';

await run(async (task) => {
  const { train, test } = await readSamples(task);
  console.log(
    `rank ${task.rank} of ${task.worldSize}: ${train.labels.length} rows to learn, ${test.labels.length} to measure`,
  );
  const { parameters, loss } = await learn(task, train, {
    epochs: 8,
    batchRows: 32,
    learningRate: 1e-3,
    saveEvery: 50,
  });

  const model = exportModel(parameters);
  const counts = Float32Array.of(await countCorrect(model, test), test.labels.length);
  const [correct = 0, rows = 0] = await task.allReduce(counts);
  if (task.rank === 0) await task.result({ accuracy: correct / rows, loss }, { 'model.onnx': model });
});
