import {
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypeOfferingsCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Rig, refusal, startRig } from './rig.ts';

describe('the EC2 Query API', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig();
  });
  afterEach(() => rig.stop());

  const described = async (input: DescribeInstancesCommandInput = {}) => {
    const reply = await rig.client.send(new DescribeInstancesCommand(input));
    return { ids: (reply.Reservations ?? []).flatMap((one) => one.Instances ?? []), token: reply.NextToken };
  };
  const until = (id: string, state: string) =>
    expect
      .poll(async () => (await described({ InstanceIds: [id] })).ids[0]?.State?.Name, { timeout: 10_000, interval: 10 })
      .toBe(state);
  const tagged = (Value: string) => ({
    TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'run', Value }] }],
  });

  it('describes an instance as it was launched', async () => {
    const [instance] = await rig.run({ ...tagged('a'), InstanceMarketOptions: { MarketType: 'spot' } });
    const id = instance?.InstanceId ?? '';
    expect(instance).toMatchObject({ State: { Name: 'pending', Code: 0 } });
    expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    await until(id, 'running');
    expect((await described({ InstanceIds: [id] })).ids).toMatchObject([
      {
        InstanceId: id,
        ImageId: 'ami-1',
        InstanceType: 'g7e.12xlarge',
        InstanceLifecycle: 'spot',
        Placement: { AvailabilityZone: 'us-east-1a' },
        PrivateIpAddress: '127.0.0.1',
        SubnetId: 'subnet-a',
        LaunchTime: expect.any(Date),
      },
    ]);
  });

  it('takes tags from template and request, whatever is in them', async () => {
    const text = `<a & "b" 'c'> \u00e9\u4e2d`;
    const [instance] = await rig.run(tagged(text));
    const id = instance?.InstanceId ?? '';
    await rig.client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'later', Value: '1' }] }));
    const { Tags } = (await described({ InstanceIds: [id] })).ids[0] ?? {};
    expect(Tags).toEqual([
      { Key: 'from', Value: 'template' },
      { Key: 'run', Value: text },
      { Key: 'later', Value: '1' },
    ]);
  });

  it('filters by tag, state, id, type and zone, with wildcards, all of which must fit', async () => {
    const [a] = await rig.run(tagged('a'));
    const [b] = await rig.run({ ...tagged('b'), SubnetId: 'subnet-b' });
    const [idA = '', idB = ''] = [a?.InstanceId, b?.InstanceId];
    await until(idA, 'running');
    await until(idB, 'running');
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [idB] }));
    await until(idB, 'terminated');
    const found = async (...filters: readonly [name: string, ...values: string[]][]) => {
      const Filters = filters.map(([Name, ...Values]) => ({ Name, Values }));
      return (await described({ Filters })).ids.map(({ InstanceId }) => InstanceId);
    };
    expect(await found(['tag:run', 'a', 'z'])).toEqual([idA]);
    expect(await found(['tag-key', 'r*'])).toEqual([idA, idB]);
    expect(await found(['instance-state-name', 'terminated'])).toEqual([idB]);
    expect(await found(['instance-id', idA, 'i-0123456789abcdef0'])).toEqual([idA]);
    expect(await found(['instance-type', 'g7e.*'], ['availability-zone', 'us-east-1b'])).toEqual([idB]);
    expect(await found(['tag:run', 'a'], ['availability-zone', 'us-east-1b'])).toEqual([]);
    expect(await refusal(found(['colour', 'blue']))).toBe('InvalidParameterValue');
  });

  it('gives a list in pages', async () => {
    await rig.run({ MinCount: 5, MaxCount: 5 });
    const first = await described({ MaxResults: 3 });
    expect(first.ids).toHaveLength(3);
    const second = await described({ MaxResults: 3, NextToken: first.token });
    expect(second.ids).toHaveLength(2);
    expect(second.token).toBeUndefined();
    expect(new Set([...first.ids, ...second.ids].map(({ InstanceId }) => InstanceId)).size).toBe(5);
  });

  it('refuses unknown ids, all of a call for one of them', async () => {
    const [instance] = await rig.run();
    const id = instance?.InstanceId ?? '';
    const InstanceIds = [id, 'i-0123456789abcdef0'];
    expect(await refusal(described({ InstanceIds }))).toBe('InvalidInstanceID.NotFound');
    const terminate = rig.client.send(new TerminateInstancesCommand({ InstanceIds }));
    expect(await refusal(terminate)).toBe('InvalidInstanceID.NotFound');
    expect((await described({ InstanceIds: [id] })).ids[0]?.State?.Name).not.toBe('shutting-down');
  });

  it('ends instances by way of shutting-down, and again without complaint', async () => {
    const [instance] = await rig.run();
    const id = instance?.InstanceId ?? '';
    await until(id, 'running');
    const terminate = () => rig.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect((await terminate()).TerminatingInstances).toMatchObject([
      { CurrentState: { Name: 'shutting-down', Code: 32 }, PreviousState: { Name: 'running', Code: 16 } },
    ]);
    await until(id, 'terminated');
    expect((await terminate()).TerminatingInstances).toMatchObject([{ CurrentState: { Name: 'terminated' } }]);
    expect((await described({ InstanceIds: [id] })).ids[0]?.StateReason?.Code).toBe('Client.UserInitiatedShutdown');
  });

  it('tells the status of running instances, and of all if asked', async () => {
    const [instance] = await rig.run();
    const InstanceIds = [instance?.InstanceId ?? ''];
    await until(InstanceIds[0] ?? '', 'running');
    const status = async (IncludeAllInstances = false) =>
      (await rig.client.send(new DescribeInstanceStatusCommand({ InstanceIds, IncludeAllInstances }))).InstanceStatuses;
    expect(await status()).toMatchObject([{ InstanceState: { Name: 'running' }, InstanceStatus: { Status: 'ok' } }]);
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds }));
    expect(await status()).toEqual([]);
    expect(await status(true)).toHaveLength(1);
  });

  it('knows its zones, subnets, offerings and templates', async () => {
    const { AvailabilityZones } = await rig.client.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
    const { Subnets } = await rig.client.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-b'] }));
    expect(Subnets).toMatchObject([{ SubnetId: 'subnet-b', AvailabilityZone: 'us-east-1b' }]);
    const { InstanceTypeOfferings } = await rig.client.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['p5.48xlarge'] }],
      }),
    );
    expect(InstanceTypeOfferings).toHaveLength(3);
    const LaunchTemplateData = { ImageId: 'ami-2', UserData: 'YQ==' };
    const made = await rig.client.send(
      new CreateLaunchTemplateCommand({ LaunchTemplateName: 'mine', LaunchTemplateData }),
    );
    const LaunchTemplateId = made.LaunchTemplate?.LaunchTemplateId;
    const { LaunchTemplateVersions } = await rig.client.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: ['$Latest'] }),
    );
    expect(LaunchTemplateVersions).toMatchObject([{ VersionNumber: 1, LaunchTemplateData }]);
    const [instance] = await rig.run({ LaunchTemplate: { LaunchTemplateName: 'mine' } });
    expect(instance?.ImageId).toBe('ami-2');
  });

  it('says by EC2\u2019s own codes what is wrong with a request', async () => {
    expect(await refusal(rig.run({ LaunchTemplate: { LaunchTemplateId: 'lt-9' } }))).toBe(
      'InvalidLaunchTemplateId.NotFound',
    );
    expect(await refusal(rig.run({ LaunchTemplate: undefined }))).toBe('MissingParameter');
    expect(await refusal(rig.run({ SubnetId: 'subnet-z' }))).toBe('InvalidSubnetID.NotFound');
    expect(await refusal(rig.run({ MinCount: 2, MaxCount: 1 }))).toBe('InvalidParameterValue');
    expect(await refusal(rig.run({ InstanceType: 'z9.huge' as 'g4dn.xlarge' }))).toBe('InvalidParameterValue');
    expect(await refusal(rig.run({ DryRun: true }))).toBe('DryRunOperation');
    expect(await refusal(rig.client.send(new DescribeVpcsCommand({})))).toBe('InvalidAction');
    expect((await described()).ids).toEqual([]);
  });

  it('tells each change of state once, in the form of EventBridge', async () => {
    const [instance] = await rig.run();
    const id = instance?.InstanceId ?? '';
    await until(id, 'running');
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await until(id, 'terminated');
    expect(rig.events.map(({ detail }) => detail.state)).toEqual(['pending', 'running', 'shutting-down', 'terminated']);
    expect(rig.events[3]).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [`arn:aws:ec2:us-east-1:000000000000:instance/${id}`],
      detail: { 'instance-id': id, state: 'terminated' },
    });
  });
});

describe('an API that lags', () => {
  it('does not know new instances for a while', async () => {
    const rig = await startRig({ describeLagMs: 400 });
    try {
      const [instance] = await rig.run();
      const describe = () =>
        rig.client.send(new DescribeInstancesCommand({ InstanceIds: [instance?.InstanceId ?? ''] }));
      expect(await refusal(describe())).toBe('InvalidInstanceID.NotFound');
      await expect
        .poll(
          () =>
            describe().then(
              () => 'known',
              () => 'unknown',
            ),
          { timeout: 10_000 },
        )
        .toBe('known');
    } finally {
      await rig.stop();
    }
  });
});
