import { describe, expect, it } from 'vitest';
import { quietGang } from './quiet-gang.ts';

const MINUTES = 2;

describe('a gang that goes on quietly', () => {
  it.each([8, 64])('costs each of its %i hosts 1,800 heartbeats and about 5,500 reads an hour', async (hosts) => {
    const gang = await quietGang(hosts, 1);
    const before = { ...gang.costs };
    await gang.pass(MINUTES * 60_000);
    gang.stop();
    const hourly = (kind: 'beats' | 'reads') => ((gang.costs[kind] - before[kind]) * 60) / MINUTES / hosts;
    expect(hourly('beats')).toBeGreaterThan(1_700);
    expect(hourly('beats')).toBeLessThanOrEqual(1_830);
    // Not more on a host of a large gang: only eight hosts read the heartbeats of all.
    expect(hourly('reads')).toBeLessThanOrEqual(5_700);
  });

  it('passes one barrier of 64 hosts with 8 tasks each within N + 2 writes', async () => {
    const gang = await quietGang(64, 8);
    gang.callBarrier();
    await gang.pass(5_000);
    gang.stop();
    expect(new Set(gang.passed).size).toBe(512);
    expect(gang.costs.barrierWrites).toBeLessThanOrEqual(64 + 2);
    expect(gang.costs.barrierWrites).toBeGreaterThanOrEqual(64 + 1);
  });
});
