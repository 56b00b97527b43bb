import { describe, expect, it } from 'vitest';
import type { Acquired } from '#flows/gang/acquire-gang.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { type HostsWorld, hostsWorld, OWNER, RUN, STATE } from './hosts-world.ts';
import { Crash, crashingPorts, MOMENTS } from './interrupted-ports.ts';

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
