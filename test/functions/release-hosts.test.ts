import { describe, expect, it } from 'vitest';
import type { LaunchRequest } from '#core/fleet/records.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { acquireToTheEnd, hostsWorld, RUN, STATE } from './hosts-world.ts';

const OTHER: LaunchRequest = {
  runId: 'other-run',
  attempt: 0,
  round: 0,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'on-demand',
  count: 1,
  clientToken: 'other',
  expiresAtS: 2_000_000_000,
};

describe('releasing the hosts of a run', () => {
  it('ends all of them, closes the books, and hands the state on as it came', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    expect(await releaseHosts(state, world.ports)).toEqual(state);
    expect(await world.alive()).toEqual([]);
    expect(await world.leased()).toEqual([]);
    expect(await world.ports.queue.list()).toEqual([]);
    expect((await world.ports.leases.leases(RUN)).every(({ releasedAt }) => releasedAt !== undefined)).toBe(true);
  });

  it.each([
    ['ABORTED', 'CANCELLED'],
    ['TIMED_OUT', 'FAILED'],
    ['FAILED', 'FAILED'],
  ] as const)('ends a gang whose execution %s as %s', async (status, phase) => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    await releaseHosts({ detail: { name: RUN, status } }, world.ports);
    expect(await world.alive()).toEqual([]);
    expect(await world.ports.control.read(RUN)).toMatchObject({ phase, cause: { by: status } });
  });

  it('finds the host that no record knows', async () => {
    const world = await hostsWorld();
    await world.ports.fleet.launch({ ...OTHER, runId: RUN });
    await releaseHosts(STATE, world.ports);
    expect(await world.alive()).toEqual([]);
  });

  it('leaves the hosts of others alone', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    await world.ports.fleet.launch(OTHER);
    await releaseHosts(STATE, world.ports);
    expect((await world.ports.fleet.list({})).map(({ runId }) => runId)).toEqual(['other-run']);
  });

  it('does not touch the record of a run that has succeeded', async () => {
    const world = await hostsWorld({ phase: 'SUCCEEDED' });
    await releaseHosts(STATE, world.ports);
    expect(await world.ports.control.read(RUN)).toMatchObject({ phase: 'SUCCEEDED', opId: 'create' });
  });

  it('may be repeated, and has nothing to do for a run that never was', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    await releaseHosts(state, world.ports);
    await releaseHosts(state, world.ports);
    await releaseHosts({ detail: { name: 'never-was', status: 'FAILED' } }, world.ports);
    expect(await world.alive()).toEqual([]);
  });

  it('names the hosts that do not go, and keeps the gang in the books', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    const [stuck = ''] = await world.alive();
    const { fleet } = world.ports;
    const terminate = async (ids: readonly string[]) => await fleet.terminate(ids.filter((id) => id !== stuck));
    const ports = { ...world.ports, fleet: { ...fleet, terminate } };
    await expect(releaseHosts(state, ports)).rejects.toMatchObject({
      code: 'LS_TEARDOWN_FAILED',
      message: expect.stringContaining(stuck),
    });
    expect(await world.leased()).toHaveLength(3);
    expect(await world.ports.control.read(RUN)).toMatchObject({ phase: 'STOPPING' });
    await releaseHosts(state, world.ports);
    expect(await world.leased()).toEqual([]);
  });
});
