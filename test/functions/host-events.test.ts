import { describe, expect, it } from 'vitest';
import { transition } from '#core/gang/transitions.ts';
import { hostEvents } from '../../functions/host-events.ts';
import { acquireToTheEnd, type HostsWorld, hostsWorld, RUN } from './hosts-world.ts';

const stateChange = (instanceId: string, state: string) => ({
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  detail: { 'instance-id': instanceId, state },
});

const batchOf = (...bodies: readonly unknown[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `m-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});

const ALL_DONE = { batchItemFailures: [] };

async function formed(): Promise<{ readonly world: HostsWorld; readonly instanceId: string }> {
  const world = await hostsWorld();
  await acquireToTheEnd(world);
  const [instanceId = ''] = await world.alive();
  return { world, instanceId };
}

describe('events of hosts', () => {
  it('stop the gang of a host that is lost, however often they come', async () => {
    const { world, instanceId } = await formed();
    world.ports.fleet.lose(instanceId);
    const batch = batchOf(stateChange(instanceId, 'shutting-down'), stateChange(instanceId, 'terminated'));
    expect(await hostEvents(batch, world.ports)).toEqual(ALL_DONE);
    expect(await hostEvents(batch, world.ports)).toEqual(ALL_DONE);
    expect(await world.ports.control.read(RUN)).toMatchObject({
      phase: 'STOPPING',
      cause: { kind: 'host-lost', instanceId },
    });
  });

  it('tell the workflow of the end, because the host that is gone may be the one that would', async () => {
    const { world, instanceId } = await formed();
    await world.ports.callback.store(RUN, { attempt: 0, enteredMs: 0, retry: 0 }, 'token');
    world.ports.fleet.lose(instanceId);
    await hostEvents(batchOf(stateChange(instanceId, 'terminated')), world.ports);
    expect(world.ports.callback.answers.get('token')).toEqual({ phase: 'STOPPING', attempt: 0 });
  });

  it('do not stop a gang for a host that is too many: the roster does without it', async () => {
    const { world, instanceId } = await formed();
    const item = await world.ports.control.read(RUN);
    if (item === undefined) throw new Error('there is no gang');
    const others = (await world.alive()).slice(1);
    const hosts = others.map((id) => ({
      ...{ instanceId: id, bootId: 'b', nonce: 'n', address: '', port: 0 },
      tasks: [],
    }));
    const roster = { ...{ runId: RUN, attempt: 0, masterAddress: '', masterPort: 0 }, hosts };
    await world.ports.control.commit(transition.seal(item, 'seal'), { roster });
    await hostEvents(batchOf(stateChange(instanceId, 'terminated')), world.ports);
    expect((await world.ports.control.read(RUN))?.phase).toBe('STARTING');
    await hostEvents(batchOf(stateChange(others[0] ?? '', 'terminated')), world.ports);
    expect((await world.ports.control.read(RUN))?.phase).toBe('STOPPING');
  });

  it('stop the gang before it runs if spot takes a host away', async () => {
    const { world, instanceId } = await formed();
    const detail = { 'instance-id': instanceId, 'instance-action': 'terminate' };
    await hostEvents(batchOf({ 'detail-type': 'EC2 Spot Instance Interruption Warning', detail }), world.ports);
    expect((await world.ports.control.read(RUN))?.cause).toMatchObject({ kind: 'preempted', instanceId });
  });

  it('do not stop a gang that has given the host up', async () => {
    const { world, instanceId } = await formed();
    await world.ports.leases.release(RUN, [instanceId], { atMs: 1 });
    expect(await hostEvents(batchOf(stateChange(instanceId, 'terminated')), world.ports)).toEqual(ALL_DONE);
    expect((await world.ports.control.read(RUN))?.phase).toBe('FORMING');
  });

  it('do not stop a gang for a host that never had a lease', async () => {
    const { world } = await formed();
    const launch = { runId: RUN, attempt: 0, round: 9, instanceType: 'g7e.12xlarge', zone: 'us-east-1a' };
    const launched = await world.ports.fleet.launch({
      ...{ ...launch, market: 'on-demand', count: 1, clientToken: 'extra', expiresAtS: 2_000_000_000 },
    });
    if (!launched.ok) throw new Error(launched.message);
    const [extra] = launched.hosts;
    const batch = batchOf(stateChange(extra?.instanceId ?? '', 'terminated'));
    expect(await hostEvents(batch, world.ports)).toEqual(ALL_DONE);
    expect((await world.ports.control.read(RUN))?.phase).toBe('FORMING');
  });

  it('do not answer the workflow for what is no end', async () => {
    const { world, instanceId } = await formed();
    await world.ports.callback.store(RUN, { attempt: 0, enteredMs: 0, retry: 0 }, 'token');
    const where = { attempt: 0, phaseIn: ['FORMING'] as const };
    await world.ports.control.write({ runId: RUN, where, set: { phase: 'RUNNING' }, clear: [], opId: 'run' });
    const detail = { 'instance-id': instanceId, 'instance-action': 'terminate' };
    await hostEvents(batchOf({ 'detail-type': 'EC2 Spot Instance Interruption Warning', detail }), world.ports);
    expect((await world.ports.control.read(RUN))?.directive).toMatchObject({ instanceId });
    expect(world.ports.callback.answers.size).toBe(0);
  });

  it('do not stop an attempt that the host is not part of', async () => {
    const { world, instanceId } = await formed();
    const where = { attempt: 0, phaseIn: ['FORMING'] as const };
    await world.ports.control.write({
      runId: RUN,
      where,
      set: { attempt: 1, phase: 'RUNNING' },
      clear: [],
      opId: 'next',
    });
    await hostEvents(batchOf(stateChange(instanceId, 'terminated')), world.ports);
    expect(await world.ports.control.read(RUN)).toMatchObject({ attempt: 1, phase: 'RUNNING' });
  });

  it('are done with if they are of no concern', async () => {
    const { world, instanceId } = await formed();
    const batch = batchOf(stateChange(instanceId, 'running'), stateChange('i-0123456789abcdef0', 'terminated'), {
      'detail-type': 'EC2 Instance Rebalance Recommendation',
      detail: { 'instance-id': instanceId },
    });
    expect(await hostEvents(batch, world.ports)).toEqual(ALL_DONE);
    expect((await world.ports.control.read(RUN))?.phase).toBe('FORMING');
  });

  it('of instances that are none of ours cost one read each, and no request to EC2', async () => {
    const { world } = await formed();
    let calls = 0;
    const counted = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name) => {
          calls += 1;
          return Reflect.get(target, name);
        },
      });
    const { control, leases, callback, fleet, log } = world.ports;
    const ports = { ...{ control: counted(control), leases: counted(leases) }, callback: counted(callback), log };
    const foreign = Array.from({ length: 10 }, (_, index) => stateChange(`i-${index}`, 'terminated'));
    await hostEvents(batchOf(...foreign), { ...ports, fleet: counted(fleet) } as typeof ports);
    expect(calls).toBe(10);
  });

  it('that fail come again, and keep no other from being heard', async () => {
    const { world, instanceId } = await formed();
    const batch = batchOf('no JSON', stateChange(instanceId, 'terminated'));
    expect(await hostEvents(batch, world.ports)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-0' }] });
    expect((await world.ports.control.read(RUN))?.phase).toBe('STOPPING');
  });
});
