import { describe, expect, it } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryFleet } from '#adapters/memory/memory-fleet.ts';
import { hostsSeen } from '#flows/gang/hosts-seen.ts';

async function twoHosts() {
  const clock = memoryClock();
  const fleet = memoryFleet({ clock, zones: ['a'] });
  const request = { runId: 'r', attempt: 0, round: 0, instanceType: 'g6.xlarge', zone: 'a', count: 2 };
  const rest = { market: 'on-demand', clientToken: 't', expiresAtS: 2_000_000_000 } as const;
  const launched = await fleet.launch({ ...request, ...rest });
  if (!launched.ok) throw new Error(launched.message);
  const [one = '', two = ''] = launched.hosts.map(({ instanceId }) => instanceId);
  return { seen: hostsSeen({ fleet, clock }, clock.wallMs() / 1000), clock, fleet, one, two };
}

describe('what is seen of hosts', () => {
  it('is asked for at once of a host that is new to the question: not to be found would mean to be gone', async () => {
    const { seen, one, two } = await twoHosts();
    expect((await seen.find([one])).map(({ instanceId }) => instanceId)).toEqual([one]);
    expect((await seen.find([one, two])).map(({ instanceId }) => instanceId)).toEqual([one, two]);
  });

  it('is believed for a quarter of a second at first, and says nothing of hosts that were not asked for', async () => {
    const { seen, clock, fleet, one, two } = await twoHosts();
    await seen.find([one, two]);
    fleet.lose(one);
    expect(await seen.find([one])).toMatchObject([{ instanceId: one, state: 'running' }]);
    await clock.sleep(251);
    expect(await seen.find([one])).toMatchObject([{ instanceId: one, state: 'terminated' }]);
  });
});
