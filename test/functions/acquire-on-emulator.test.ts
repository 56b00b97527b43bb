import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ec2Fleet } from '#adapters/aws/ec2-fleet.ts';
import { systemClock } from '#adapters/system/clock.ts';
import type { Acquired } from '#flows/gang/acquire-gang.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import type { BillLine } from '../../localstack/embedded/ec2/bill.ts';
import type { Fault } from '../../localstack/embedded/ec2/faults.ts';
import type { FleetOptions } from '../../localstack/embedded/ec2/settings.ts';
import { type LocalFleet, startFleet } from '../../localstack/embedded/ec2/start-fleet.ts';
import { hostsWorld, OWNER, RUN, STATE } from './hosts-world.ts';

describe('acquiring and releasing on EC2 that misbehaves', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'lockstep-acquire-'));
  let emulator: LocalFleet;
  let client: EC2Client;

  beforeEach(async () => {
    rmSync(stateDir, { recursive: true, force: true });
  });
  afterEach(async () => {
    client.destroy();
    await emulator.stop();
  });

  /** Memory stores, and a clock whose pauses are short: the hosts are the emulator's. */
  async function start(options: Partial<FleetOptions> = {}) {
    emulator = await startFleet({ stateDir, bootMs: 5, shutdownMs: 5, ...options });
    emulator.putSubnet({ id: 'subnet-a', zone: 'us-east-1a' });
    emulator.putSubnet({ id: 'subnet-b', zone: 'us-east-1b' });
    emulator.putLaunchTemplate({ id: 'lt-1', name: 'gpu', versions: [{ ImageId: 'ami-1' }] });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new EC2Client({ endpoint: emulator.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const subnets = new Map([
      ['us-east-1a', 'subnet-a'],
      ['us-east-1b', 'subnet-b'],
    ]);
    const { ports } = await hostsWorld();
    const clock = { ...systemClock, sleep: (ms: number) => systemClock.sleep(Math.min(ms, 50)) };
    const fleet = ec2Fleet({
      client,
      launcher: client,
      deployment: 'test',
      site: () => ({ launchTemplate: 'lt-1', subnets }),
    });
    return { ...ports, clock, fleet };
  }

  const fault = (action: string, kind: Fault, times = 1) =>
    fetch(`${emulator.controlUrl}/faults`, { method: 'POST', body: JSON.stringify({ action, fault: kind, times }) });
  const bill = async () => (await (await fetch(`${emulator.controlUrl}/bill`)).json()) as readonly BillLine[];

  /** As the workflow does it, with an error repeating the state. The queue time begins now, by the real clock. */
  async function acquire(ports: Awaited<ReturnType<typeof start>>): Promise<Acquired> {
    let state = { ...STATE, queuedAt: Math.floor(Date.now() / 1000) };
    for (let calls = 0; calls < 30; calls++) {
      const next = await acquireHosts(state, ports).catch(() => state);
      if (next.next !== 'acquire') return next;
      state = next;
      await ports.clock.sleep(state.waitS * 1000);
    }
    throw new Error('the search does not end');
  }

  it.each<
    [name: string, faults: readonly [action: string, kind: Fault, times?: number][], options?: Partial<FleetOptions>]
  >([
    ['a lost reply to the launch', [['RunInstances', { kind: 'lost-reply' }]]],
    [
      'a lost reply, and a list that does not know the new hosts',
      [['RunInstances', { kind: 'lost-reply' }]],
      { describeLagMs: 400 },
    ],
    ['throttling', [['RunInstances', { kind: 'error', code: 'RequestLimitExceeded', status: 503 }, 2]]],
    ['an internal error', [['RunInstances', { kind: 'error', code: 'InternalError', status: 500 }]]],
    ['a list that fails', [['DescribeInstances', { kind: 'error', code: 'Unavailable', status: 503 }, 2]]],
    ['a lost reply to the check after the launch', [['DescribeInstances', { kind: 'slow', delayMs: 50 }]]],
  ])('buys each host once through %s, and gives all of them back', async (_, faults, options) => {
    const ports = await start(options);
    for (const [action, kind, times] of faults) await fault(action, kind, times);
    expect(await acquire(ports)).toMatchObject({ next: 'run' });
    expect(await bill()).toHaveLength(3);
    const leased = (await ports.leases.leases(RUN)).map(({ instanceId }) => instanceId);
    expect((await bill()).map(({ instanceId }) => instanceId).sort()).toEqual([...leased].sort());
    await releaseHosts({ detail: { executionArn: OWNER, name: RUN, status: 'ABORTED' } }, ports);
    expect((await bill()).filter(({ to }) => to === null)).toEqual([]);
  });

  it('leaves nothing of a launch whose hosts died at once', async () => {
    const ports = await start();
    await fault('RunInstances', { kind: 'die', afterMs: 0 });
    await acquire(ports);
    await releaseHosts({ ...STATE, failure: { code: 'LS_HOST_LOST', message: 'lost' } }, ports);
    expect((await bill()).length).toBeGreaterThanOrEqual(3);
    expect((await bill()).filter(({ to }) => to === null)).toEqual([]);
  });

  it('repeats the release through throttling and lost replies', async () => {
    const ports = await start();
    await acquire(ports);
    await fault('TerminateInstances', { kind: 'error', code: 'RequestLimitExceeded', status: 503 });
    await fault('TerminateInstances', { kind: 'lost-reply' });
    const release = () => releaseHosts({ detail: { executionArn: OWNER, name: RUN, status: 'FAILED' } }, ports);
    await release().catch(release).catch(release);
    expect((await bill()).map(({ to }) => to === null)).toEqual([false, false, false]);
  });

  it('ends with the raw code of a refusal that more shopping cannot cure', async () => {
    const ports = await start();
    await fault('RunInstances', { kind: 'error', code: 'PendingVerification' });
    expect(await acquire(ports)).toMatchObject({
      next: 'release',
      failure: { code: 'LS_FLEET_REFUSED', message: expect.stringContaining('PendingVerification') },
    });
    expect(await bill()).toEqual([]);
  });
});
