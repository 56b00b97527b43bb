/** What every Fleet promises. Run against the twin in memory and against EC2's adapter on the emulator. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host, LaunchRequest, LaunchResult } from '#core/fleet/records.ts';

/** A fleet with zones `us-east-1a` and `us-east-1b` and room for four g7e.12xlarge in the first, by either market. */
export interface FleetUnderTest {
  readonly fleet: Fleet;
  /** Ends a host without anybody having asked for it; resolves when it is terminated. */
  lose(instanceId: string): Promise<void>;
  stop(): Promise<void>;
}

export const CAPACITY = {
  'g7e.12xlarge/us-east-1a/on-demand': 4,
  'g7e.12xlarge/us-east-1a/spot': 4,
  'g7e.12xlarge/us-east-1b/on-demand': 0,
};

const REQUEST: LaunchRequest = {
  runId: 'run-1',
  attempt: 0,
  round: 0,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'on-demand',
  count: 3,
  clientToken: 'token-1',
  expiresAtS: 2_000_000_000,
};

export function fleetContract(name: string, start: () => Promise<FleetUnderTest>): void {
  describe(`the fleet of ${name}`, () => {
    let under: FleetUnderTest;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.stop());

    const launch = (changes: Partial<LaunchRequest> = {}) => under.fleet.launch({ ...REQUEST, ...changes });
    const idsOf = (hosts: readonly Host[]) => hosts.map(({ instanceId }) => instanceId).sort();
    const listed = async (runId?: string) => idsOf(await under.fleet.list(runId === undefined ? {} : { runId }));

    it('launches all hosts of a request, marked with what they are for', async () => {
      const hosts = hostsOf(await launch());
      expect(hosts).toHaveLength(3);
      for (const host of await under.fleet.list({ runId: 'run-1' })) {
        expect(host).toMatchObject({
          instanceType: 'g7e.12xlarge',
          zone: 'us-east-1a',
          market: 'on-demand',
          runId: 'run-1',
          attempt: 0,
        });
      }
      expect(await listed('run-1')).toEqual(idsOf(hosts));
    });

    it('launches none where it cannot launch all', async () => {
      hostsOf(await launch());
      const result = await launch({ clientToken: 'token-2', count: 2 });
      expect(result).toMatchObject({ ok: false, failure: 'capacity', code: 'InsufficientInstanceCapacity' });
      expect(await listed()).toHaveLength(3);
    });

    it('returns the same hosts for the same request with the same token', async () => {
      const first = hostsOf(await launch());
      const second = hostsOf(await launch());
      expect(idsOf(second)).toEqual(idsOf(first));
      expect(await listed()).toHaveLength(3);
    });

    it('returns the same hosts to many who ask at once', async () => {
      const results = await Promise.all(Array.from({ length: 5 }, () => launch({ count: 1 })));
      expect(new Set(results.flatMap((result) => idsOf(hostsOf(result)))).size).toBe(1);
    });

    it('refuses another request with the same token', async () => {
      await launch();
      expect(await launch({ count: 1 })).toMatchObject({
        ok: false,
        failure: 'config',
        code: 'IdempotentParameterMismatch',
      });
    });

    it('never passes off hosts that have died as a launch', async () => {
      const hosts = hostsOf(await launch());
      await under.lose(hosts[0]?.instanceId ?? '');
      const result = await launch();
      expect(result).toMatchObject({ ok: false, failure: 'capacity', code: 'ShortLaunch' });
      // Those that live may be a gang's by now: they are named, and left alone.
      const left = idsOf(hosts.slice(1));
      expect(!result.ok && idsOf(result.left ?? []).toSorted()).toEqual(left.toSorted());
      expect(await listed()).toHaveLength(left.length);
    });

    it('says why a host was lost, and nothing of the kind of one that runs or was asked to end', async () => {
      const [lost = '', ended = '', runs = ''] = idsOf(hostsOf(await launch({ count: 3 })));
      await under.lose(lost);
      await under.fleet.terminate([ended]);
      const found = await under.fleet.find([lost, ended, runs]);
      const reasons = new Map(found.map(({ instanceId, reason }) => [instanceId, reason]));
      expect(reasons.get(lost)).toMatch(/\w+/);
      expect([reasons.get(ended), reasons.get(runs)]).toEqual([undefined, undefined]);
    });

    it('keeps markets apart', async () => {
      hostsOf(await launch({ count: 4 }));
      const spot = hostsOf(await launch({ count: 4, market: 'spot', clientToken: 'token-2' }));
      const found = await under.fleet.find(idsOf(spot));
      expect(found.map(({ market }) => market)).toEqual(['spot', 'spot', 'spot', 'spot']);
    });

    it('names what it cannot do, and launches nothing', async () => {
      expect(await launch({ market: 'capacity-block' })).toMatchObject({ failure: 'config', code: 'MarketNotOffered' });
      expect(await launch({ zone: 'us-east-1f' })).toMatchObject({ failure: 'config', code: 'ZoneWithoutSubnet' });
      expect(await listed()).toEqual([]);
    });

    it('lists the hosts of one run, or of all', async () => {
      const one = hostsOf(await launch({ count: 1 }));
      const two = hostsOf(await launch({ count: 1, runId: 'run-2', clientToken: 'token-2' }));
      expect(await listed('run-2')).toEqual(idsOf(two));
      expect(await listed()).toEqual(idsOf([...one, ...two]));
    });

    it('terminates, and says when that is done', async () => {
      const ids = idsOf(hostsOf(await launch()));
      expect(await under.fleet.remaining(ids)).toEqual(ids);
      await under.fleet.terminate(ids.slice(0, 2));
      await untilGone(under.fleet, ids.slice(0, 2));
      expect(await under.fleet.remaining(ids)).toEqual(ids.slice(2));
      expect(await listed()).toEqual(ids.slice(2));
    });

    it('finds a terminated host, with its run', async () => {
      const ids = idsOf(hostsOf(await launch({ count: 1 })));
      await under.fleet.terminate(ids);
      await untilGone(under.fleet, ids);
      expect(await under.fleet.find(ids)).toMatchObject([{ state: 'terminated', runId: 'run-1' }]);
    });

    it('terminates what it knows although it does not know everything', async () => {
      const ids = idsOf(hostsOf(await launch({ count: 2 })));
      await under.fleet.terminate([ids[0] ?? '', UNKNOWN, ids[1] ?? '']);
      await untilGone(under.fleet, ids);
      expect(await under.fleet.remaining([...ids, UNKNOWN])).toEqual([UNKNOWN]);
    });

    it('terminates twice without complaint', async () => {
      const ids = idsOf(hostsOf(await launch({ count: 1 })));
      await under.fleet.terminate(ids);
      await untilGone(under.fleet, ids);
      await under.fleet.terminate(ids);
      expect(await under.fleet.remaining(ids)).toEqual([]);
    });

    it('gives the room of terminated hosts to others', async () => {
      const ids = idsOf(hostsOf(await launch({ count: 4 })));
      await under.fleet.terminate(ids);
      await untilGone(under.fleet, ids);
      expect(hostsOf(await launch({ count: 4, clientToken: 'token-2' }))).toHaveLength(4);
    });
  });
}

const UNKNOWN = 'i-0123456789abcdef0';

function hostsOf(result: LaunchResult): readonly Host[] {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.hosts;
}

async function untilGone(fleet: Fleet, ids: readonly string[]): Promise<void> {
  await expect.poll(() => fleet.remaining(ids), { timeout: 10_000, interval: 20 }).toEqual([]);
}
