import { describe, expect, it } from 'vitest';
import { clientToken } from '#core/fleet/client-token.ts';
import type { LaunchRequest } from '#core/fleet/records.ts';
import type { Control } from '#core/gang/records.ts';
import type { StateOf } from '#core/training/state.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { acquireToTheEnd, failureIn, type HostsWorld, hostsWorld, JOB, POOL, RUN, STATE } from './hosts-world.ts';

/** Ends the attempt as the controller does: these hosts stay, the others are gone, and the next attempt looks for more. */
async function restart({ ports }: HostsWorld, keep: readonly string[]): Promise<StateOf<'acquire'>> {
  const leases = await ports.leases.leases(RUN);
  const dropped = leases.map(({ instanceId }) => instanceId).filter((instanceId) => !keep.includes(instanceId));
  await ports.fleet.terminate(dropped);
  await ports.leases.release(RUN, dropped, { atMs: ports.clock.wallMs() });
  await ports.leases.grant(
    leases.filter(({ instanceId }) => keep.includes(instanceId)).map((lease) => ({ ...lease, attempt: 1 })),
  );
  const where = { attempt: 0, phaseIn: ['FORMING'] as const };
  await ports.control.write({ runId: RUN, where, set: { attempt: 1, phase: 'ACQUIRING' }, clear: [], opId: 'restart' });
  return { ...STATE, attempt: 1 };
}

const phaseOf = async ({ ports }: HostsWorld): Promise<Control['phase'] | undefined> =>
  (await ports.control.read(RUN))?.phase;

describe('acquiring the hosts of a gang', () => {
  it('gets all of them, leases each, and lets the gang form', async () => {
    const world = await hostsWorld();
    const state = await acquireToTheEnd(world);
    expect(state).toMatchObject({ next: 'run', attempt: 0 });
    expect(await world.alive()).toHaveLength(3);
    expect(await world.leased()).toEqual(await world.alive());
    expect(await phaseOf(world)).toBe('FORMING');
  });

  it('leaves the queue and its locks to others once it has what it wants', async () => {
    const world = await hostsWorld();
    const want = { runId: RUN, nowS: world.clock.wallMs() / 1000, ttlS: 120 };
    await world.ports.queue.lock('g7e.12xlarge', want);
    await acquireToTheEnd(world);
    expect(await world.ports.queue.list()).toMatchObject([{ runId: RUN, admitted: true }]);
    const next = await world.ports.queue.lock('g7e.12xlarge', { ...want, runId: 'other' });
    expect(next.runId).toBe('other');
  });

  it('does nothing twice', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'decide' });
    expect(await world.alive()).toHaveLength(3);
  });

  it('holds nothing while it waits, and takes the whole gang when there is room', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 2, 'g7e.12xlarge/us-east-1b/on-demand': 2 } });
    const state = (await acquireHosts(STATE, world.ports)) as StateOf<'acquire'>;
    expect(state).toMatchObject({ next: 'acquire', candidate: 0, round: 1, waitS: 60, returns: 1 });
    expect(await world.alive()).toEqual([]);
    world.ports.fleet.setCapacity('g7e.12xlarge/us-east-1b/on-demand', 3);
    await world.clock.sleep(60_000);
    expect(await acquireToTheEnd(world, state)).toMatchObject({ next: 'run' });
    expect((await world.ports.fleet.list({})).map(({ zone }) => zone)).toEqual(Array(3).fill('us-east-1b'));
  });

  it('goes on from pool to pool within one call, and comes back before it could be cut off', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 0, 'g7e.12xlarge/us-east-1b/on-demand': 0 } });
    const { fleet } = world.ports;
    const launch: typeof fleet.launch = async (request) => {
      await world.clock.sleep(100_000);
      return await fleet.launch(request);
    };
    const state = await acquireHosts(STATE, { ...world.ports, fleet: { ...fleet, launch } });
    expect(state).toMatchObject({ next: 'acquire', candidate: 1, waitS: 0, returns: 1 });
    expect(world.clock.monotonicMs()).toBe(100_000);
  });

  it('gives up at the end of its queue time, and says what every pool answered', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 2, 'g7e.12xlarge/us-east-1b/on-demand': 0 } });
    const state = await acquireToTheEnd(world);
    expect(state).toMatchObject({ next: 'release', failure: { code: 'LS_NO_CAPACITY' } });
    expect(failureIn(state)?.message).toContain(`${POOL}: InsufficientInstanceCapacity`);
    expect(failureIn(state)?.message).toContain('us-east-1b');
    expect(world.clock.monotonicMs()).toBe(300_000);
    expect(await world.alive()).toEqual([]);
  });

  it('refuses what no pool could ever give, with the reasons', async () => {
    const world = await hostsWorld({ job: { ...JOB, gang: { ...JOB.gang, markets: ['reservation'] } } });
    expect(await acquireToTheEnd(world)).toMatchObject({
      next: 'release',
      failure: { code: 'LS_JOB_IMPOSSIBLE', message: 'the market reservation is not offered by this release' },
    });
  });

  it('ends with the raw code of what is no shortage', async () => {
    const world = await hostsWorld();
    const message = 'You are not authorized to perform this operation.';
    const launch = async () => ({ ok: false, failure: 'auth', code: 'UnauthorizedOperation', message }) as const;
    const state = await acquireHosts(STATE, { ...world.ports, fleet: { ...world.ports.fleet, launch } });
    expect(state).toMatchObject({ next: 'release', failure: { code: 'LS_FLEET_REFUSED' } });
    expect(failureIn(state)?.message).toContain('UnauthorizedOperation');
  });
});

describe('hosts that a step left behind when it died', () => {
  const launchOf = (state: StateOf<'acquire'>, instanceType = 'g7e.12xlarge'): LaunchRequest => {
    const identity = {
      runId: RUN,
      attempt: 0,
      round: 0,
      instanceType,
      zone: 'us-east-1a',
      market: 'on-demand',
    } as const;
    const limits = JOB.limits.maxQueueS + JOB.limits.maxDurationS + 900;
    const expiresAtS = state.queuedAt + limits;
    return { ...identity, count: 3, clientToken: clientToken({ ...identity, count: 3 }), expiresAtS };
  };

  it('are taken over by the launch that they are from', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 3 } });
    await world.ports.fleet.launch(launchOf(STATE));
    const before = await world.alive();
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'run' });
    expect(await world.alive()).toEqual(before);
  });

  it('are terminated first if they are from another launch', async () => {
    const world = await hostsWorld();
    await world.ports.fleet.launch(launchOf(STATE, 'g7e.24xlarge'));
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'run' });
    expect((await world.ports.fleet.list({})).map((host) => host.instanceType)).toEqual(Array(3).fill('g7e.12xlarge'));
    expect(await world.leased()).toEqual(await world.alive());
  });

  it('are replaced in the same pool, by a launch with a new token, if one of them has died', async () => {
    const world = await hostsWorld();
    await world.ports.fleet.launch(launchOf(STATE));
    const [dead = '', ...orphans] = await world.alive();
    world.ports.fleet.lose(dead);
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'run' });
    const hosts = await world.ports.fleet.list({});
    expect(hosts.map(({ zone }) => zone)).toEqual(Array(3).fill('us-east-1a'));
    expect(hosts.filter(({ instanceId }) => orphans.includes(instanceId))).toEqual([]);
  });
});

describe('acquiring hosts for a later attempt', () => {
  it('launches only those that are missing, beside the others', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 0 } });
    await acquireToTheEnd(world);
    const [kept = '', other = ''] = await world.alive();
    const state = await restart(world, [kept, other]);
    world.ports.fleet.setCapacity(POOL, 8);
    expect(await acquireToTheEnd(world, state)).toMatchObject({
      next: 'run',
      attempt: 1,
    });
    const hosts = await world.ports.fleet.list({});
    expect(hosts.map(({ zone }) => zone)).toEqual(Array(3).fill('us-east-1b'));
    expect(hosts.map(({ instanceId }) => instanceId)).toEqual(expect.arrayContaining([kept, other]));
    expect((await world.ports.leases.leases(RUN)).filter(({ attempt }) => attempt === 1)).toHaveLength(3);
  });

  it('launches nothing if all are still there', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    const before = await world.alive();
    const state = await restart(world, before);
    expect(await acquireToTheEnd(world, state)).toMatchObject({ next: 'run', attempt: 1 });
    expect(await world.alive()).toEqual(before);
  });

  it('lets go of the survivors rather than hold them while it waits for the rest', async () => {
    const world = await hostsWorld({ capacity: { [POOL]: 3, 'g7e.12xlarge/us-east-1b/on-demand': 8 } });
    await acquireToTheEnd(world);
    const [kept = ''] = await world.alive();
    const state = await restart(world, [kept]);
    world.ports.fleet.setCapacity(POOL, 1);
    expect(await acquireToTheEnd(world, state)).toMatchObject({ next: 'run', attempt: 1 });
    const hosts = await world.ports.fleet.list({});
    expect(hosts.map(({ zone }) => zone)).toEqual(Array(3).fill('us-east-1b'));
    expect(await world.leased()).toEqual(await world.alive());
  });

  it('does not count the time that the gang has run as waiting', async () => {
    const world = await hostsWorld();
    await acquireToTheEnd(world);
    const state = await restart(world, []);
    await world.clock.sleep(3_600_000);
    world.ports.fleet.setCapacity(POOL, 0);
    world.ports.fleet.setCapacity('g7e.12xlarge/us-east-1b/on-demand', 0);
    await acquireToTheEnd(world, state);
    expect(world.clock.monotonicMs()).toBe(3_600_000 + 300_000);
  });
});

describe('the time of a run', () => {
  const job = { ...JOB, limits: { ...JOB.limits, maxDurationS: 15 } };

  it('is what its Run state may take, less what the search took', async () => {
    const world = await hostsWorld({ job });
    await world.clock.sleep(4_300);
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'run', timeoutS: 10, heartbeatS: 9 });
  });

  it('ends a search that waits for hosts, to the second', async () => {
    const world = await hostsWorld({ job, capacity: { [POOL]: 0, 'g7e.12xlarge/us-east-1b/on-demand': 0 } });
    expect(await acquireToTheEnd(world)).toMatchObject({ next: 'decide' });
    expect(world.clock.monotonicMs()).toBe(15_000);
    expect(await world.alive()).toEqual([]);
  });
});

describe('hosts that are given back', () => {
  it('are released before they are terminated, so that nothing the provider says of them stops the gang', async () => {
    const world = await hostsWorld();
    const order: string[] = [];
    const { fleet, leases, control } = world.ports;
    const launch: typeof fleet.launch = async (request) => {
      const result = await fleet.launch(request);
      const where = { attempt: 0, phaseIn: ['ACQUIRING'] as const };
      await control.write({ runId: RUN, where, set: { phase: 'CANCELLED' }, clear: [], opId: 'cancel' });
      return result;
    };
    const spied = {
      fleet: {
        ...fleet,
        launch,
        terminate: async (ids: readonly string[]) => {
          order.push('terminate');
          await fleet.terminate(ids);
        },
      },
      leases: {
        ...leases,
        release: async (...of: Parameters<typeof leases.release>) => {
          order.push('release');
          return await leases.release(...of);
        },
      },
    };
    await acquireHosts(STATE, { ...world.ports, ...spied });
    expect(order).toEqual(['release', 'terminate']);
  });

  it("are nobody else's to ask for: a second execution with the same input acquires nothing", async () => {
    const world = await hostsWorld();
    const second = acquireHosts({ ...STATE, execution: { id: 'arn:second' } }, world.ports);
    await expect(second).rejects.toMatchObject({ code: 'LS_RUN_EXISTS' });
    expect(await world.alive()).toEqual([]);
  });
});

describe('a gang that is stopped while its hosts come', () => {
  /** A launch during which somebody else changes the control item. */
  async function acquireWhile(set: Partial<Control>) {
    const world = await hostsWorld();
    const { fleet, control } = world.ports;
    const launch: typeof fleet.launch = async (request) => {
      const where = { attempt: 0, phaseIn: ['ACQUIRING'] as const };
      await control.write({ runId: RUN, where, set, clear: [], opId: 'meanwhile' });
      return await fleet.launch(request);
    };
    const state = await acquireHosts(STATE, { ...world.ports, fleet: { ...fleet, launch } });
    expect(state).toMatchObject({ next: 'decide' });
    return world;
  }

  it.each<Partial<Control>>([
    { phase: 'CANCELLED' },
    { phase: 'FAILED' },
    { attempt: 1 },
    { attempt: 1, phase: 'FORMING' },
  ])('gives them back where nobody else comes for them: %j', async (set) => {
    const world = await acquireWhile(set);
    expect(await world.alive()).toEqual([]);
    expect(await world.leased()).toEqual([]);
  });

  it.each<Partial<Control>>([{ phase: 'STOPPING' }, { phase: 'DRAINED' }])(
    'leaves them, leased, to whoever deals with the attempt that was stopped: %j',
    async (set) => {
      const world = await acquireWhile(set);
      expect(await world.leased()).toEqual(await world.alive());
      expect(await world.alive()).toHaveLength(3);
      await releaseHosts(STATE, world.ports);
      expect(await world.alive()).toEqual([]);
    },
  );

  it('does not form with hosts whose leases a release has ended', async () => {
    const world = await hostsWorld();
    const { leases } = world.ports;
    const grant: typeof leases.grant = async (granted) => {
      await leases.grant(granted);
      await leases.release(RUN, [granted[0]?.instanceId ?? ''], { atMs: 1 });
      await leases.grant(granted);
    };
    const state = await acquireHosts(STATE, { ...world.ports, leases: { ...leases, grant } });
    expect(state).toMatchObject({ next: 'decide' });
    expect(await phaseOf(world)).toBe('ACQUIRING');
    expect(await world.alive()).toEqual(await world.leased());
    expect(await world.alive()).toHaveLength(2);
  });

  it('launches nothing if it was stopped before', async () => {
    const world = await hostsWorld({ phase: 'STOPPING' });
    expect(await acquireHosts(STATE, world.ports)).toMatchObject({ next: 'decide' });
    expect(await world.alive()).toEqual([]);
  });
});
