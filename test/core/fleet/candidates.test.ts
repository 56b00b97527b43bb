import { describe, expect, it } from 'vitest';
import { beside, planCandidates, poolOf } from '#core/fleet/candidates.ts';
import type { Host } from '#core/fleet/records.ts';
import type { GangRequest } from '#core/job/job.ts';

const GANG: GangRequest = {
  hosts: 2,
  tasksPerHost: 2,
  perTask: { gpu: 1 },
  instanceTypes: ['g7e.12xlarge', 'g6e.12xlarge'],
  zones: [],
  markets: ['spot', 'on-demand'],
  priority: 0,
};
const ZONES = ['us-east-1a', 'us-east-1b'];
const pools = (gang: GangRequest, zones = ZONES) => planCandidates(gang, zones).candidates.map(poolOf);

describe('the candidates of a gang', () => {
  it('go through the markets, in each through the types, for each through the zones', () => {
    expect(pools(GANG)).toEqual([
      'g7e.12xlarge/us-east-1a/spot',
      'g7e.12xlarge/us-east-1b/spot',
      'g6e.12xlarge/us-east-1a/spot',
      'g6e.12xlarge/us-east-1b/spot',
      'g7e.12xlarge/us-east-1a/on-demand',
      'g7e.12xlarge/us-east-1b/on-demand',
      'g6e.12xlarge/us-east-1a/on-demand',
      'g6e.12xlarge/us-east-1b/on-demand',
    ]);
  });

  it('keep the zones that the job names, in its order', () => {
    const gang: GangRequest = { ...GANG, zones: ['us-east-1b', 'us-east-1a'], instanceTypes: ['g7e.12xlarge'] };
    expect(pools({ ...gang, markets: ['spot'] })).toEqual([
      'g7e.12xlarge/us-east-1b/spot',
      'g7e.12xlarge/us-east-1a/spot',
    ]);
  });

  it('leave out what cannot be, each with its reason', () => {
    const gang: GangRequest = {
      ...GANG,
      instanceTypes: ['g7e.2xlarge', 'p9.huge', 'g7e.12xlarge'],
      zones: ['us-east-1a', 'eu-west-1a'],
      markets: ['capacity-block', 'on-demand'],
    };
    const plan = planCandidates(gang, ZONES);
    expect(plan.candidates.map(poolOf)).toEqual(['g7e.12xlarge/us-east-1a/on-demand']);
    expect(plan.refused).toEqual([
      'the market capacity-block is not offered by this release',
      'g7e.2xlarge has 1 accelerators and so holds 1 tasks of 1, but gang.tasksPerHost is 2',
      'p9.huge is not an instance type that Lockstep knows',
      'eu-west-1a has no subnet of this deployment',
    ]);
  });
});

describe('hosts that join others', () => {
  const survivor: Host = {
    instanceId: 'i-1',
    instanceType: 'g6e.12xlarge',
    zone: 'us-east-1b',
    market: 'spot',
    state: 'running',
    runId: 'run-1',
    attempt: 0,
    launchedAt: 0,
  };

  it('are of their type and in their zone, from any market', () => {
    const { candidates } = planCandidates(GANG, ZONES);
    expect(beside(candidates, [survivor]).map(poolOf)).toEqual([
      'g6e.12xlarge/us-east-1b/spot',
      'g6e.12xlarge/us-east-1b/on-demand',
    ]);
  });

  it('may be anything if there are no others', () => {
    const { candidates } = planCandidates(GANG, ZONES);
    expect(beside(candidates, [])).toBe(candidates);
  });
});
