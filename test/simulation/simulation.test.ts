import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

/** Seeds a run of the tests; `npm run simulate` goes through a thousand. */
const SEEDS = 100;

describe('simulated runs', () => {
  it(`hold every invariant and end, whatever goes wrong (seeds 1 to ${SEEDS})`, { timeout: 120_000 }, async () => {
    const phases = new Set<string | undefined>();
    let restarts = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { breaches, transcript, phase, attempts } = await simulate(seed);
      const how = `${transcript.join('\n')}\nReproduce with: npm run simulate -- --seed ${seed}`;
      expect(breaches, how).toEqual([]);
      phases.add(phase);
      restarts += attempts - 1;
    }
    expect(phases).toContain('SUCCEEDED');
    expect(restarts).toBeGreaterThan(SEEDS / 4);
  });

  it('is the same history again for the same seed', async () => {
    const [once, again] = [await simulate(4), await simulate(4)];
    expect(again).toEqual(once);
    expect((await simulate(5)).transcript).not.toEqual(once.transcript);
  });

  it('holds for a gang of 64 hosts', { timeout: 120_000 }, async () => {
    const { breaches, transcript } = await simulate(1, { hosts: 64 });
    expect(breaches, transcript.join('\n')).toEqual([]);
  });
});
