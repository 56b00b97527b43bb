import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { atRandomStep, isMissing, isWhole, kill, train } from './training.ts';

const JOB = 'examples/pytorch/train.yaml';
const MODEL = 'model.onnx';

describe.skipIf(isMissing('torch'))('DistributedDataParallel over gloo, 2 hosts with 2 tasks each', () => {
  let undisturbed = '';

  test('undisturbed, it learns the digits and leaves a model that onnxruntime-node loads', async () => {
    const run = train(JOB);
    const { attempts, hash, path, manifest } = await run.succeeded();
    expect(attempts).toBe(1);
    expect(manifest.metrics.accuracy).toBeGreaterThan(0.88);
    undisturbed = hash(MODEL);
    expect(manifest.provenance.worldSize).toBe(4);

    const session = await InferenceSession.create(path(MODEL));
    const outputs = await session.run({ pixels: new Tensor('float32', new Float32Array(3 * 784), [3, 784]) });
    const probs = outputs.probs as Tensor;
    expect(probs.dims).toEqual([3, 10]);
    expect((probs.data as Float32Array).slice(0, 10).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  test('a task killed at a random step ends with the same weights', async () => {
    const run = train(JOB);
    await atRandomStep(run, 1_500);
    // The task with its data loader's workers, which have the same command line and environment.
    expect(kill(run.home, { commandLine: /train\.py/, environment: /\0RANK=2\0/ })).toBeGreaterThan(0);
    const { attempts, hash } = await run.succeeded();
    expect(attempts).toBe(2);
    expect(hash(MODEL)).toBe(undisturbed);
  });

  test.runIf(isWhole)('an agent killed at a random step ends with the same weights', async () => {
    const run = train(JOB);
    await atRandomStep(run, 1_500);
    expect(kill(run.home, { commandLine: /agent\.mjs/, most: 1 })).toBe(1);
    const { attempts, hash } = await run.succeeded();
    expect(attempts).toBe(2);
    expect(hash(MODEL)).toBe(undisturbed);
  });

  test.runIf(isWhole)('a host that vanishes without a word ends with the same weights', async () => {
    const run = train(JOB, '--chaos');
    const { attempts, hash } = await run.succeeded();
    expect(run.command.stderr()).toMatch(/chaos: killed host/);
    expect(attempts).toBe(2);
    expect(hash(MODEL)).toBe(undisturbed);
  });
});
