import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

describe('a barrier', () => {
  it.each([2, 8, 32])('of %i hosts costs at most one write a host and two more', { timeout: 60_000 }, async (hosts) => {
    const { barrierWrites, barriers, breaches } = await simulate(7, { hosts, isCalm: true });
    expect(breaches).toEqual([]);
    expect(barriers).toBe(8);
    // Every third is an allGather, whose payloads are two more a host.
    const payloads = 2 * hosts * 2;
    expect(barrierWrites - payloads).toBeLessThanOrEqual(barriers * (hosts + 2));
    expect(barrierWrites).toBeGreaterThanOrEqual(barriers * (hosts + 1));
  });
});
