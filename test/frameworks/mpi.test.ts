import { describe, expect, test } from 'vitest';
import { atRandomStep, isMissing, kill, train } from './training.ts';

const JOB = 'examples/mpi/train.yaml';
const STATE = 'state.json';

describe.skipIf(isMissing('mpi'))('mpi4py under one mpirun, 4 ranks on 2 hosts, without ssh', () => {
  let undisturbed = '';

  test('undisturbed, its ranks find one another and the answer', async () => {
    const { attempts, hash, manifest } = await train(JOB).succeeded();
    expect(attempts).toBe(1);
    expect(manifest.metrics.ranks).toBe(4);
    expect(manifest.metrics.bias).toBeCloseTo(3, 3);
    undisturbed = hash(STATE);
  });

  test('a rank killed at a random step ends with the same weights', async () => {
    const run = train(JOB);
    await atRandomStep(run, 300);
    expect(kill(run.home, { commandLine: /^python3\0train\.py/, environment: /OMPI_COMM_WORLD_RANK=3\0/ })).toBe(1);
    const { attempts, hash } = await run.succeeded();
    expect(attempts).toBe(2);
    expect(hash(STATE)).toBe(undisturbed);
  });
});
