import { describe, expect, it } from 'vitest';
import type { Acquired } from '#flows/gang/acquire-gang.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { type HostsWorld, hostsWorld, OWNER, RUN, STATE } from './hosts-world.ts';

class Crash extends Error {}

type When = 'before it' | 'after it, before the reply';

/** Ports that die at the n-th call, before the call or with its reply, and work from then on. */
function crashingPorts(world: HostsWorld, at: number, when: When) {
  const { clock, zones, log, ...stores } = world.ports;
  let calls = 0;
  const crashing = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const isLast = ++calls === at;
          if (isLast && when === 'before it') throw new Crash();
          const reply = await method.apply(target, args);
          if (isLast) throw new Crash();
          return reply;
        };
      },
    });
  const wrapped = Object.fromEntries(Object.entries(stores).map(([name, port]) => [name, crashing(port)]));
  return { ports: { clock, zones, log, ...wrapped } as HostsWorld['ports'], crashed: () => calls >= at };
}

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

describe.each<When>(['before it', 'after it, before the reply'])('a step that dies at any call, %s', (when) => {
  it('is made good by the next one: the gang is whole, no host is bought twice, every host is leased', async () => {
    let tried = 0;
    for (let at = 1; at <= CALLS_MAX; at++) {
      const world = await hostsWorld();
      const { ports, crashed } = crashingPorts(world, at, when);
      const state = await acquireWithRetries(world, ports);
      if (!crashed()) break;
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
      const { ports, crashed } = crashingPorts(world, at, when);
      await acquireHosts(STATE, ports).catch(() => {});
      if (!crashed()) break;
      await releaseHosts({ detail: { executionArn: OWNER, name: RUN, status: 'ABORTED' } }, world.ports);
      expect(await world.alive(), `call ${at}`).toEqual([]);
      expect(await world.leased(), `call ${at}`).toEqual([]);
      expect((await world.ports.control.read(RUN))?.phase, `call ${at}`).toBe('CANCELLED');
    }
  });
});

describe('a release that dies at any call', () => {
  it('is finished by its repetition', async () => {
    let tried = 0;
    for (let at = 1; at <= CALLS_MAX; at++) {
      const world = await hostsWorld();
      await acquireHosts(STATE, world.ports);
      const { ports, crashed } = crashingPorts(world, at, 'after it, before the reply');
      const input = { ...STATE, failure: { code: 'LS_TASK_FAILED', message: 'rank 1 exited with code 1' } };
      await releaseHosts(input, ports).catch(() => releaseHosts(input, ports));
      if (!crashed()) break;
      tried = at;
      expect(await world.alive(), `call ${at}`).toEqual([]);
      expect(await world.leased(), `call ${at}`).toEqual([]);
      expect(await world.ports.control.read(RUN), `call ${at}`).toMatchObject({
        phase: 'FAILED',
        cause: { kind: 'cancelled', by: 'LS_TASK_FAILED' },
      });
      expect(await world.ports.queue.list(), `call ${at}`).toEqual([]);
    }
    expect(tried).toBeGreaterThan(6);
  });
});
