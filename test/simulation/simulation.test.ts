import { describe, expect, it } from 'vitest';
import type { ControlWrite } from '#core/gang/control-write.ts';
import { simulate } from './simulate.ts';

/** Seeds a run of the tests; `npm run simulate` goes through a thousand. */
const SEEDS = 100;

describe('simulated runs', () => {
  it(`hold every invariant and end, whatever goes wrong (seeds 1 to ${SEEDS})`, { timeout: 120_000 }, async () => {
    const ends = { SUCCEEDED: 0, CANCELLED: 0 };
    let restarts = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { breaches, transcript, phase, attempts } = await simulate(seed);
      const how = `${transcript.join('\n')}\nReproduce with: npm run simulate -- --seed ${seed}`;
      expect(breaches, how).toEqual([]);
      ends[phase as keyof typeof ends] += 1;
      restarts += attempts - 1;
    }
    expect(ends.SUCCEEDED + ends.CANCELLED).toBe(SEEDS);
    expect(ends.CANCELLED).toBeGreaterThan(SEEDS / 20);
    expect(restarts).toBeGreaterThan(SEEDS / 4);
  });

  it('notice a gang that never ends its second attempt, and one whose barriers never open then', async () => {
    const again = ({ where, set }: ControlWrite) =>
      where.attempt > 0 && (set.phase === 'SUCCEEDED' || set.epoch !== undefined);
    let noticed = 0;
    for (let seed = 1; noticed === 0 && seed <= SEEDS; seed++) {
      const { breaches, attempts } = await simulate(seed, { sabotage: again });
      if (attempts === 1) expect(breaches).toEqual([]);
      else if (breaches.some((breach) => /^L4 expected SUCCEEDED/.test(breach))) noticed += 1;
    }
    expect(noticed).toBeGreaterThan(0);
  });

  it.each([1, 2, 3, 4])('that may last 15 seconds stop after them, to half a second (seed %i)', async (seed) => {
    const { phase, stoppedAtS, tookS, breaches } = await simulate(seed, {
      isCalm: true,
      epochs: 1_000,
      maxDurationS: 15,
    });
    expect(breaches).toEqual([]);
    expect(phase).toBe('FAILED');
    expect(stoppedAtS).toBeGreaterThanOrEqual(15);
    expect(stoppedAtS).toBeLessThan(15.5);
    // Tasks take up to a second and a half to go, agents one to hear of it; hosts five to be ended.
    expect(tookS).toBeLessThan(25);
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
