/** Two runs in one process share nothing but the process: neither models, nor plans, nor memory. */
import { describe, expect, it } from 'vitest';
import { commitRun } from '#flows/inference/commit-run.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { batchesOf, fileBytes, WIDTH } from '../../formats/arrow/files.ts';
import { BUCKET, MODEL_URI, newWorld, roundOf, unhurried } from './world.ts';

/** The class whose number is `label` always wins, with the score `label + 1`. */
const constantModel = (label: number): Uint8Array =>
  encodeModel({
    inputs: [{ name: 'x', dims: ['N', WIDTH] }],
    outputs: [{ name: 'scores', dims: ['N', 3] }],
    constants: [
      { name: 'w', dims: [WIDTH, 3], data: new Float32Array(WIDTH * 3) },
      { name: 'b', dims: [3], data: Float32Array.from({ length: 3 }, (_, i) => (i === label ? label + 1 : 0)) },
    ],
    nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['scores'] }],
  });

/** A world with a run of the same name, at the same addresses, whose model is another and whose input has other rows. */
async function planned(label: number, rows: number) {
  const world = newWorld();
  await world.objects.put(MODEL_URI, constantModel(label));
  await world.input('a.arrow', await fileBytes(batchesOf(...Array.from({ length: rows / 10 }, () => 10))));
  await planRun(world.ports, await world.start('r'));
  return world;
}

async function labelsOf(world: ReturnType<typeof newWorld>) {
  const { manifestUri } = await commitRun(
    { objects: world.objects, bucket: BUCKET },
    { runId: 'r', round: roundOf('r') },
  );
  const found: unknown[] = [];
  for await (const batch of (await readCommitted(world, manifestUri)).batches()) {
    for (const row of batch) found.push(row?.prediction.toJSON());
  }
  return found;
}

describe('two runs of the same name in one process', () => {
  it('each give the predictions of their own model and rows, with their partitions in turn', async () => {
    const [one, two] = [await planned(1, 60), await planned(2, 90)];
    const [ones, twos] = [await one.items('r'), await two.items('r')];
    expect([ones.length, twos.length]).toEqual([expect.any(Number), expect.any(Number)]);
    for (const [i, task] of twos.entries()) {
      const other = ones[i];
      await Promise.all([runTask(two.ports, task, unhurried), other && runTask(one.ports, other, unhurried)]);
      // The first is over while the second still works: what it closes is its own.
      if (i === ones.length - 1) await one.close();
    }
    expect(await labelsOf(one)).toEqual(Array(60).fill({ label: 1, score: 2 }));
    expect(await labelsOf(two)).toEqual(Array(90).fill({ label: 2, score: 3 }));
    await two.close();
  });
});
