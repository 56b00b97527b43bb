import { describe, expect, test } from 'vitest';
import { atRandomStep, isMissing, isWhole, kill, train } from './training.ts';

const JOB = 'examples/jax/train.yaml';
const WEIGHTS = 'weights.npz';

describe.skipIf(isMissing('jax'))('JAX, 2 hosts with 2 tasks each, initialized without arguments', () => {
  let undisturbed = '';

  test('undisturbed, it learns the digits', async () => {
    const { attempts, hash, manifest } = await train(JOB).succeeded();
    expect(attempts).toBe(1);
    expect(manifest.metrics.accuracy).toBeGreaterThan(0.85);
    undisturbed = hash(WEIGHTS);
  });

  test.runIf(isWhole)('a task killed at a random step ends with the same weights', async () => {
    const run = train(JOB);
    await atRandomStep(run, 1_000);
    expect(kill(run.home, { commandLine: /train\.py/, environment: /\0RANK=1\0/ })).toBe(1);
    const { attempts, hash } = await run.succeeded();
    expect(attempts).toBe(2);
    expect(hash(WEIGHTS)).toBe(undisturbed);
  });
});
