import { describe, expect, it } from 'vitest';
import type { Acquired } from '#flows/gang/acquire-gang.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { acquireToTheEnd, type HostsWorld, hostsWorld, JOB, OWNER, POOL, RUN, STATE } from './hosts-world.ts';
import { Crash, crashingPorts, heldPorts, MOMENTS } from './interrupted-ports.ts';

/** As Step Functions does it: an error repeats the state with the same input. */
async function acquireWithRetries(world: HostsWorld, ports: HostsWorld['ports']): Promise<Acquired> {
  let state = STATE;
  for (let calls = 0; calls < 50; calls++) {
    const next = await acquireHosts(state, ports).catch((error: unknown) => {
      if (error instanceof Crash) return state;
      throw error;
    });
    if (next.next !== 'acquire') return next;
    state = next;
    await world.clock.sleep(state.waitS * 1000);
  }
  throw new Error('the search does not end');
}

const CALLS_MAX = 40;

describe.each(MOMENTS)('a step that dies at any call, %s', (moment) => {
  it('is made good by the next one: the gang is whole, no host is bought twice, every host is leased', async () => {
    let tried = 0;
    for (let at = 1; at <= CALLS_MAX; at++) {
      const world = await hostsWorld();
      const { ports, isReached } = crashingPorts(world.ports, at, moment);
      const state = await acquireWithRetries(world, ports);
      if (!isReached()) break;
      tried = at;
      // Past the forming nothing is missing any more: Decide sends a formed gang on to Run.
      expect(['run', 'decide'], `call ${at}`).toContain(state.next);
      expect((await world.ports.control.read(RUN))?.phase, `call ${at}`).toBe('FORMING');
      expect(await world.alive(), `call ${at}`).toHaveLength(3);
      expect(await world.leased(), `call ${at}`).toEqual(await world.alive());
    }
    expect(tried).toBeGreaterThan(8);
    expect(tried).toBeLessThan(CALLS_MAX);
  });

  it('leaves nothing behind if nobody comes after it but the release', async () => {
    for (let at = 1; at <= CALLS_MAX; at++) {
      const world = await hostsWorld();
      const { ports, isReached } = crashingPorts(world.ports, at, moment);
      await acquireHosts(STATE, ports).catch(() => {});
      if (!isReached()) break;
      await releaseHosts({ detail: { executionArn: OWNER, name: RUN, status: 'ABORTED' } }, world.ports);
      expect(await world.alive(), `call ${at}`).toEqual([]);
      expect(await world.leased(), `call ${at}`).toEqual([]);
      expect((await world.ports.control.read(RUN))?.phase, `call ${at}`).toBe('CANCELLED');
    }
  });
});

/** Two of three hosts are there with their leases, as those that a later attempt keeps; their pool has no third. */
async function incomplete(): Promise<HostsWorld> {
  const world = await hostsWorld({ capacity: { [POOL]: 2 } });
  const pool = { instanceType: 'g7e.12xlarge', zone: 'us-east-1a', market: 'on-demand' } as const;
  const launch = { ...pool, runId: RUN, attempt: 0, round: 9, count: 2, clientToken: 'before' };
  await world.ports.fleet.launch({ ...launch, expiresAtS: STATE.queuedAt + JOB.limits.maxDurationS });
  const lease = { ...pool, runId: RUN, attempt: 0, acquiredAt: 0 };
  await world.ports.leases.grant((await world.alive()).map((instanceId) => ({ ...lease, instanceId })));
  return world;
}

/** Long after the pool was left alone because it had too few. */
const COOLED_MS = 120_000;

describe('a step that lets hosts go, late or beside another', () => {
  const whole = async (world: HostsWorld, where: string) => {
    expect(await acquireToTheEnd(world), where).toMatchObject({ next: expect.stringMatching(/^(run|decide)$/) });
    expect(await world.ports.control.read(RUN), where).toMatchObject({ phase: 'FORMING' });
    expect(await world.alive(), where).toHaveLength(3);
    expect(await world.leased(), where).toEqual(await world.alive());
  };

  it('ends none of a gang that forms meanwhile, whatever call it is held up at', async () => {
    for (const moment of MOMENTS) {
      let tried = 0;
      for (let at = 1; at <= CALLS_MAX; at++) {
        const world = await incomplete();
        const { ports, held, resume, isReached } = heldPorts(world.ports, at, moment);
        const late = acquireHosts(STATE, ports);
        await Promise.race([late, held]);
        if (!isReached()) break;
        tried = at;
        world.ports.fleet.setCapacity(POOL, 8);
        await world.clock.sleep(COOLED_MS);
        await whole(world, `held ${moment} at call ${at}, before it goes on`);
        resume();
        await late;
        await whole(world, `held ${moment} at call ${at}`);
      }
      expect(tried).toBeGreaterThan(8);
      expect(tried).toBeLessThan(CALLS_MAX);
    }
  });

  it('leaves none to a step that counted on them, whatever call that one is held up at', async () => {
    for (const moment of MOMENTS) {
      let tried = 0;
      for (let at = 1; at <= CALLS_MAX; at++) {
        const world = await incomplete();
        world.ports.fleet.setCapacity(POOL, 3);
        const { ports, held, resume, isReached } = heldPorts(world.ports, at, moment);
        const forming = acquireHosts(STATE, ports);
        await Promise.race([forming, held]);
        if (!isReached()) break;
        tried = at;
        world.ports.fleet.setCapacity(POOL, 2);
        await acquireHosts({ ...STATE, round: 3 }, world.ports);
        world.ports.fleet.setCapacity(POOL, 8);
        resume();
        await forming;
        await whole(world, `held ${moment} at call ${at}`);
      }
      expect(tried).toBeGreaterThan(8);
      expect(tried).toBeLessThan(CALLS_MAX);
    }
  });

  it('ends none of a gang that has formed by the launch which it repeats, and lost one of them since', async () => {
    for (const moment of MOMENTS) {
      let tried = 0;
      for (let at = 1; at <= CALLS_MAX; at++) {
        const world = await hostsWorld();
        const { ports, held, resume, isReached } = heldPorts(world.ports, at, moment);
        const late = acquireHosts(STATE, ports);
        await Promise.race([late, held]);
        if (!isReached()) break;
        tried = at;
        await whole(world, `held ${moment} at call ${at}, before it goes on`);
        const [dead = '', ...others] = await world.alive();
        world.ports.fleet.lose(dead);
        resume();
        await late;
        expect(await world.alive(), `held ${moment} at call ${at}`).toEqual(expect.arrayContaining(others));
        expect(await world.leased(), `held ${moment} at call ${at}`).toEqual(expect.arrayContaining(others));
      }
      expect(tried).toBeGreaterThan(8);
    }
  });

  it('gives back what there is of a launch that is not whole, before it waits for another', async () => {
    const world = await hostsWorld({ job: { ...JOB, gang: { ...JOB.gang, zones: ['us-east-1a'] } } });
    const { fleet } = world.ports;
    let launches = 0;
    const ports: HostsWorld['ports'] = {
      ...world.ports,
      fleet: {
        ...fleet,
        launch: async (request) => {
          const result = await fleet.launch(request);
          if (launches++ > 0 || !result.ok) return result;
          fleet.lose(result.hosts[0]?.instanceId ?? '');
          return await fleet.launch(request);
        },
      },
    };
    const next = await acquireHosts(STATE, ports);
    expect(next).toMatchObject({ next: 'acquire', round: 1 });
    expect(await world.alive()).toEqual([]);
    await whole(world, 'after it');
  });
});
