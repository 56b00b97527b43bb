import { describe, expect, it } from 'vitest';
import type { LaunchRequest } from '#core/fleet/records.ts';
import type { Phase } from '#core/gang/records.ts';
import { reapHosts } from '#flows/gang/reap-hosts.ts';
import { acquireToTheEnd, type HostsWorld, hostsWorld, RUN, withStopped } from './hosts-world.ts';

const LAUNCH: LaunchRequest = {
  runId: RUN,
  attempt: 0,
  round: 7,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'on-demand',
  count: 2,
  clientToken: 'left-behind',
  expiresAtS: 2_000_000_000,
};

const GRACE_MS = 300_000;

async function formed(phase?: Phase): Promise<HostsWorld> {
  const world = await hostsWorld();
  await acquireToTheEnd(world);
  const where = { attempt: 0, phaseIn: ['FORMING'] as const };
  if (phase !== undefined)
    await world.ports.control.write({ runId: RUN, where, set: { phase }, clear: [], opId: 'test' });
  return world;
}

describe('the reaper', () => {
  it('leaves leased hosts of a living gang alone, however old they are', async () => {
    const world = await formed('RUNNING');
    await world.clock.sleep(86_400_000);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toHaveLength(3);
  });

  it('leaves hosts time to be leased, and then takes those that were not', async () => {
    const world = await formed('RUNNING');
    await world.ports.fleet.launch(LAUNCH);
    await world.clock.sleep(GRACE_MS);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toHaveLength(5);
    await world.clock.sleep(1);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toEqual(await world.leased());
  });

  it.each(['FAILED', 'CANCELLED'] as const)(
    'takes what a run that is %s still has, and ends the leases',
    async (phase) => {
      const world = await formed(phase);
      await world.clock.sleep(GRACE_MS + 1);
      await reapHosts(world.ports, await world.ports.fleet.list({}));
      expect(await world.alive()).toEqual([]);
      expect(await world.leased()).toEqual([]);
    },
  );

  it('takes a host whose lease has ended, though its gang lives', async () => {
    const world = await formed('RUNNING');
    const [ended = '', ...others] = await world.alive();
    await world.ports.leases.release(RUN, [ended], { atMs: 1 });
    await world.clock.sleep(GRACE_MS + 1);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toEqual(others);
  });

  it('leaves a run that has succeeded to its own release', async () => {
    const world = await formed('SUCCEEDED');
    await world.clock.sleep(GRACE_MS + 1);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toHaveLength(3);
  });

  it('leaves a host alone that is ending', async () => {
    const world = await formed('FAILED');
    await world.clock.sleep(GRACE_MS + 1);
    const ending = (await world.ports.fleet.list({})).map((host) => ({ ...host, state: 'shutting-down' as const }));
    expect(await reapHosts(world.ports, ending)).toEqual([]);
  });

  it('takes a host that was stopped: its disk is paid for', async () => {
    const world = await formed('FAILED');
    const [stopped = ''] = await world.alive();
    await world.clock.sleep(GRACE_MS + 1);
    const fleet = withStopped(world.ports.fleet, stopped);
    expect(await reapHosts({ ...world.ports, fleet }, await fleet.list({}))).toContain(stopped);
    expect(await world.alive()).toEqual([]);
  });

  it('takes the hosts of a run that nobody knows', async () => {
    const world = await hostsWorld();
    await world.ports.fleet.launch({ ...LAUNCH, runId: 'forgotten' });
    await world.clock.sleep(GRACE_MS + 1);
    await reapHosts(world.ports, await world.ports.fleet.list({}));
    expect(await world.alive()).toEqual([]);
  });
});
