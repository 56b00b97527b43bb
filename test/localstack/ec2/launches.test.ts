import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  DescribeInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';

const A = 'g7e.12xlarge/us-east-1a/on-demand';
const B = 'g7e.12xlarge/us-east-1b/on-demand';

describe('launches from finite pools', () => {
  let rig: Rig;
  afterEach(() => rig.stop());

  const count = async () => {
    const { Reservations = [] } = await rig.client.send(new DescribeInstancesCommand({}));
    return Reservations.flatMap((one) => one.Instances ?? []).filter(({ State }) => State?.Name !== 'terminated')
      .length;
  };

  it('give all or none of MinCount, and as many as there are up to MaxCount', async () => {
    rig = await startRig({ capacity: { [A]: 3 } });
    expect(await refusal(rig.run({ MinCount: 4, MaxCount: 4 }))).toBe('InsufficientInstanceCapacity');
    expect(await count()).toBe(0);
    expect(await rig.run({ MinCount: 2, MaxCount: 5 })).toHaveLength(3);
    expect(await refusal(rig.run())).toBe('InsufficientInstanceCapacity');
  });

  it('give the capacity that was set meanwhile', async () => {
    rig = await startRig({ capacity: { [A]: 0 } });
    expect(await refusal(rig.run())).toBe('InsufficientInstanceCapacity');
    await rig.control('POST /capacity', { [A]: 1 });
    expect(await rig.run()).toHaveLength(1);
  });

  it('keep to the quotas of each market', async () => {
    rig = await startRig({ vcpuQuota: { onDemand: 96, spot: 48 } });
    const spot = { InstanceMarketOptions: { MarketType: 'spot' as const } };
    expect(await rig.run({ MinCount: 2, MaxCount: 2 })).toHaveLength(2);
    expect(await refusal(rig.run())).toBe('VcpuLimitExceeded');
    expect(await rig.run(spot)).toHaveLength(1);
    expect(await refusal(rig.run(spot))).toBe('MaxSpotInstanceCountExceeded');
  });

  it('are not possible where a type is not offered', async () => {
    rig = await startRig({ notOffered: ['g7e.12xlarge/us-east-1a'] });
    expect(await refusal(rig.run())).toBe('Unsupported');
    expect(await rig.run({ SubnetId: 'subnet-b' })).toHaveLength(1);
  });

  it('with a token happen once, also when their instances are gone', async () => {
    rig = await startRig();
    const launch = (MaxCount = 2) => rig.run({ MinCount: 2, MaxCount, ClientToken: 'token' });
    const ids = (await launch()).map(({ InstanceId }) => InstanceId ?? '');
    expect((await launch()).map(({ InstanceId }) => InstanceId)).toEqual(ids);
    expect(await count()).toBe(2);
    expect(await refusal(launch(3))).toBe('IdempotentParameterMismatch');
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: ids }));
    expect((await launch()).map(({ InstanceId }) => InstanceId)).toEqual(ids);
    expect(await refusal(rig.run({ ClientToken: 'x'.repeat(65) }))).toBe('InvalidParameterValue');
  });

  it('that were refused may be tried again with the same token', async () => {
    rig = await startRig({ capacity: { [A]: 0 } });
    expect(await refusal(rig.run({ ClientToken: 'token' }))).toBe('InsufficientInstanceCapacity');
    await rig.control('POST /capacity', { [A]: 1 });
    expect(await rig.run({ ClientToken: 'token' })).toHaveLength(1);
  });

  it('are billed from launch to end', async () => {
    rig = await startRig();
    const [one, two] = await rig.run({ MinCount: 2, MaxCount: 2 });
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [one?.InstanceId ?? ''] }));
    const bill = () =>
      rig.control<{ instanceId: string; from: number; to: number | null; seconds: number }[]>('GET /bill');
    await expect.poll(async () => (await bill())[0]?.to, { timeout: 10_000 }).not.toBeNull();
    const [ended, running] = await bill();
    expect(ended).toMatchObject({ instanceId: one?.InstanceId });
    expect(ended?.seconds).toBeCloseTo(((ended?.to ?? 0) - (ended?.from ?? 0)) / 1000);
    expect(running).toMatchObject({ instanceId: two?.InstanceId, to: null });
  });
});

describe('fleets of type instant', () => {
  let rig: Rig;
  afterEach(() => rig.stop());

  const fleet = (total: number, changes: Partial<CreateFleetCommandInput> = {}) =>
    rig.client.send(
      new CreateFleetCommand({
        Type: 'instant',
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1', Version: '$Latest' },
            Overrides: ['subnet-a', 'subnet-b'].map((SubnetId) => ({
              SubnetId,
              InstanceType: 'g7e.12xlarge' as 'g4dn.xlarge',
            })),
          },
        ],
        TargetCapacitySpecification: { TotalTargetCapacity: total, DefaultTargetCapacityType: 'on-demand' },
        OnDemandOptions: { SingleAvailabilityZone: true, SingleInstanceType: true, MinTargetCapacity: total },
        ...changes,
      }),
    );
  const idsOf = (reply: Awaited<ReturnType<typeof fleet>>) =>
    (reply.Instances ?? []).flatMap(({ InstanceIds }) => InstanceIds ?? []);

  it('find the one zone that has all', async () => {
    rig = await startRig({ capacity: { [A]: 2, [B]: 3 } });
    const reply = await fleet(3);
    expect(idsOf(reply)).toHaveLength(3);
    expect(reply.Instances?.[0]).toMatchObject({ InstanceType: 'g7e.12xlarge', Lifecycle: 'on-demand' });
    expect(reply.Errors).toEqual([]);
    const { Reservations } = await rig.client.send(new DescribeInstancesCommand({ InstanceIds: idsOf(reply) }));
    expect(Reservations?.[0]?.Instances?.[0]?.Placement?.AvailabilityZone).toBe('us-east-1b');
  });

  it('answer with success and errors, and launch none, where no zone has all', async () => {
    rig = await startRig({ capacity: { [A]: 2, [B]: 2 } });
    const reply = await fleet(3);
    expect(idsOf(reply)).toEqual([]);
    expect(reply.Errors?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'InsufficientInstanceCapacity',
      'InsufficientInstanceCapacity',
    ]);
    expect(await rig.control('GET /instances')).toEqual([]);
  });

  it('launch a part, with errors, if no minimum was asked for', async () => {
    rig = await startRig({ capacity: { [A]: 2, [B]: 0 } });
    const reply = await fleet(3, { OnDemandOptions: {} });
    expect(idsOf(reply)).toHaveLength(2);
    expect(reply.Errors?.[0]?.ErrorCode).toBe('InsufficientInstanceCapacity');
  });

  it('spread over zones if they may', async () => {
    rig = await startRig({ capacity: { [A]: 2, [B]: 2 } });
    const reply = await fleet(3, { OnDemandOptions: {} });
    expect(idsOf(reply)).toHaveLength(3);
    expect(reply.Errors).toEqual([]);
  });

  it('buy spot as spot', async () => {
    rig = await startRig();
    const reply = await fleet(2, {
      TargetCapacitySpecification: { TotalTargetCapacity: 2, DefaultTargetCapacityType: 'spot' },
      OnDemandOptions: undefined,
      SpotOptions: { SingleAvailabilityZone: true, MinTargetCapacity: 2 },
    });
    expect(reply.Instances?.[0]?.Lifecycle).toBe('spot');
  });

  it('refuse a minimum that cannot be kept', async () => {
    rig = await startRig();
    expect(await refusal(fleet(2, { OnDemandOptions: { MinTargetCapacity: 2 } }))).toBe('InvalidParameterCombination');
  });

  it('with a token are one fleet, also one that came to nothing', async () => {
    rig = await startRig({ capacity: { [A]: 0, [B]: 0 } });
    const first = await fleet(1, { ClientToken: 'token' });
    await rig.control('POST /capacity', { [A]: 1 });
    const second = await fleet(1, { ClientToken: 'token' });
    expect(second.FleetId).toBe(first.FleetId);
    expect(idsOf(second)).toEqual([]);
    expect(await refusal(fleet(2, { ClientToken: 'token' }))).toBe('IdempotentParameterMismatch');
  });
});

describe('faults that are set up', () => {
  let rig: Rig;
  afterEach(() => rig.stop());
  const fault = (action: string, fault: unknown, more: object = {}) =>
    rig.control('POST /faults', { action, fault, ...more });

  it('refuse as often as they should', async () => {
    rig = await startRig();
    await fault('RunInstances', { kind: 'error', code: 'RequestLimitExceeded', status: 503 }, { times: 2 });
    expect(await refusal(rig.run())).toBe('RequestLimitExceeded');
    expect(await refusal(rig.run())).toBe('RequestLimitExceeded');
    expect(await rig.run()).toHaveLength(1);
  });

  it('lose a reply: the launch has happened, and its token tells', async () => {
    rig = await startRig();
    await fault('RunInstances', { kind: 'lost-reply' });
    await expect(rig.run({ ClientToken: 'token' })).rejects.toThrow();
    const [instance] = await rig.run({ ClientToken: 'token' });
    expect(await rig.control('GET /instances')).toMatchObject([{ id: instance?.InstanceId }]);
  });

  it('let instances die soon after their launch', async () => {
    rig = await startRig();
    await fault('RunInstances', { kind: 'die', afterMs: 20 });
    await rig.run();
    const first = async () => (await rig.control<{ state: string; reason: string }[]>('GET /instances'))[0];
    await expect.poll(first, { timeout: 10_000 }).toMatchObject({ state: 'terminated' });
    expect((await first())?.reason).toContain('Server.InternalError');
  });

  it('let instances end before they run, with the reason that was set up', async () => {
    rig = await startRig();
    await fault('RunInstances', { kind: 'fail', code: 'Client.InternalError', message: 'Client error on launch' });
    await rig.run();
    const first = async () => (await rig.control<{ state: string; reason: string }[]>('GET /instances'))[0];
    await expect
      .poll(first, { timeout: 10_000 })
      .toMatchObject({ state: 'terminated', reason: 'Client error on launch' });
    expect(rig.events.map(({ detail }) => detail.state)).toEqual(['pending', 'shutting-down', 'terminated']);
  });

  it('give less than there is', async () => {
    rig = await startRig();
    await fault('CreateFleet', { kind: 'short', by: 1 });
    const reply = await rig.client.send(
      new CreateFleetCommand({
        Type: 'instant',
        LaunchTemplateConfigs: [
          {
            LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1', Version: '1' },
            Overrides: [{ SubnetId: 'subnet-a', InstanceType: 'g4dn.xlarge' }],
          },
        ],
        TargetCapacitySpecification: { TotalTargetCapacity: 3, DefaultTargetCapacityType: 'on-demand' },
      }),
    );
    expect(reply.Instances?.[0]?.InstanceIds).toHaveLength(2);
    expect(reply.Errors?.[0]?.ErrorCode).toBe('UnfulfillableCapacity');
  });

  it('strike the same calls for the same seed', async () => {
    const struck = async (seed: number) => {
      rig = await startRig({ seed });
      await fault('DescribeInstances', { kind: 'error', code: 'Throttling' }, { times: 1000, probability: 0.5 });
      const outcomes: string[] = [];
      for (let call = 0; call < 24; call++) {
        const described = rig.client.send(new DescribeInstancesCommand({}));
        outcomes.push(
          await described.then(
            () => 'ok',
            () => 'no',
          ),
        );
      }
      await rig.stop();
      return outcomes.join(' ');
    };
    const first = await struck(7);
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
    expect(first).toContain('ok');
    expect(first).toContain('no');
  });

  it('are refused if they make no sense', async () => {
    rig = await startRig();
    expect(await fault('RunInstances', { kind: 'explode' })).toMatchObject({ ok: false });
    expect(await rig.control('GET /nothing')).toMatchObject({ ok: false });
    expect(await rig.control('POST /instances/i-9/crash')).toMatchObject({ ok: false });
  });
});
