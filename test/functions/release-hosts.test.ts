import { describe, expect, it } from 'vitest';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host, LaunchRequest } from '#core/fleet/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { acquireToTheEnd, hostsWorld, OWNER, RUN, STATE, withStopped } from './hosts-world.ts';

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

const endingOnce = (told: number, hosts: readonly Host[]): readonly Host[] =>
  hosts.map((host) => (told > 0 && host.state === 'running' ? { ...host, state: 'shutting-down' } : host));

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
    await releaseHosts({ detail: { executionArn: OWNER, name: RUN, status } }, world.ports);
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
    await releaseHosts({ detail: { executionArn: OWNER, name: 'never-was', status: 'FAILED' } }, world.ports);
    expect(await world.alive()).toEqual([]);
  });

  it('touches nothing of a run that belongs to another execution, which only had the same input', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    const before = await world.ports.control.read(RUN);
    const refused = { ...state, execution: { id: 'arn:second' }, error: { Error: 'LS_RUN_EXISTS', Cause: '' } };
    await releaseHosts(refused, world.ports);
    const input = JSON.stringify({ runId: RUN });
    const detail = { executionArn: 'arn:second', name: 'made-up', status: 'FAILED', input } as const;
    await releaseHosts({ detail }, world.ports);
    expect(await world.alive()).toHaveLength(3);
    expect(await world.leased()).toHaveLength(3);
    expect(await world.ports.control.read(RUN)).toEqual(before);
  });

  it('finds the run of an execution by its input, where its name is another', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    const detail = { executionArn: OWNER, name: 'made-up', status: 'ABORTED', input: JSON.stringify(STATE) } as const;
    await releaseHosts({ detail }, world.ports);
    expect(await world.alive()).toEqual([]);
  });

  it('ends a gang whose attempt a controller raises while the hosts are going', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    const { control, fleet } = world.ports;
    const item = await control.read(RUN);
    if (item === undefined) throw new Error('there is no gang');
    await control.write(transition.stop(item, 's', { kind: 'cancelled', by: 'x' }));
    await control.write(transition.drain(item, 'd'));
    let isRaised = false;
    const list: typeof fleet.list = async (filter) => {
      if (!isRaised) await control.write(transition.raise(item, 'controller/raise', item.charged));
      isRaised = true;
      return await fleet.list(filter);
    };
    await releaseHosts(STATE, { ...world.ports, fleet: { ...fleet, list } });
    expect(await control.read(RUN)).toMatchObject({ attempt: 1, phase: 'FAILED' });
    expect(await world.alive()).toEqual([]);
  });

  it('tells hosts once to end, and then waits for it, longer each time', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    const { fleet } = world.ports;
    let [told, looks] = [0, 0];
    const slow: Fleet = {
      ...fleet,
      async terminate() {
        told += 1;
      },
      async list(filter) {
        looks += 1;
        if (world.clock.monotonicMs() > 120_000) await fleet.terminate(await world.alive());
        return endingOnce(told, await fleet.list(filter));
      },
      find: async (ids) => endingOnce(told, await fleet.find(ids)),
    };
    await releaseHosts(state, { ...world.ports, fleet: slow });
    expect({ told, looks: looks < 40 }).toEqual({ told: 1, looks: true });
  });

  it('ends a host that was stopped, which does not end by itself', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    const fleet = withStopped(world.ports.fleet, (await world.alive())[0] ?? '');
    await releaseHosts(state, { ...world.ports, fleet });
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
