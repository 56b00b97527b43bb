import { spawnSync } from 'node:child_process';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { noticeOf } from '#core/fleet/host-event.ts';
import { ENV, TAGS } from '#core/names.ts';
import { CONTROL_FUNCTIONS, INFERENCE_FUNCTIONS } from '../../infra/function-names.ts';
import { compilePattern } from '../../localstack/embedded/events/pattern.ts';
import { resources, synthesized, text, variables } from './synthesized.ts';

const template = synthesized();

const expectResource = (type: string, properties: unknown) =>
  expect(() => template.hasResourceProperties(type, properties)).not.toThrow();
const expectCount = (type: string, count: number) => expect(() => template.resourceCountIs(type, count)).not.toThrow();

test('one table holds pk, sk and a time to live, on demand, with recovery to any point in time', () => {
  expectCount('AWS::DynamoDB::GlobalTable', 1);
  expectResource('AWS::DynamoDB::GlobalTable', {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
  });
});

test('one bucket is closed to the public, encrypted, speaks TLS only, sends events and drops incomplete uploads', () => {
  expectCount('AWS::S3::Bucket', 1);
  expectResource('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    BucketEncryption: Match.anyValue(),
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    LifecycleConfiguration: {
      Rules: [Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' })],
    },
  });
  expectResource('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
  expect(() => template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' })).not.toThrow();
});

test('there is no custom resource, which emulators skip and which would need a function of its own', () => {
  const types = new Set(
    Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type),
  );
  expect([...types].filter((type) => type.startsWith('Custom::') || type.includes('CustomResource'))).toEqual([]);
  expectCount('AWS::Lambda::Function', CONTROL_FUNCTIONS.length + INFERENCE_FUNCTIONS.length);
});

test('every function runs on Node 24, knows table, bucket and deployment, and keeps its log for a month', () => {
  const functions = Object.values(resources(template, 'AWS::Lambda::Function'));
  for (const each of functions) {
    const { Properties } = each;
    expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['x86_64'] });
    expect(Object.keys(variables(each))).toEqual(expect.arrayContaining([ENV.table, ENV.bucket, ENV.deployment]));
    expect(Properties.LoggingConfig).toBeDefined();
  }
  expect(functions.map(({ Properties }) => Properties.Handler).sort()).toEqual(
    [...CONTROL_FUNCTIONS, ...INFERENCE_FUNCTIONS].map((name) => `${name}.handler`).sort(),
  );
  expect(() => template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 })).not.toThrow();
});

test('functions that load models have room for several in /tmp', () => {
  const roomy = Object.values(resources(template, 'AWS::Lambda::Function')).filter(
    ({ Properties }) => Properties.EphemeralStorage !== undefined,
  );
  expect(roomy.map(({ Properties }) => [Properties.Handler, Properties.EphemeralStorage]).sort()).toEqual([
    ['infer-partition.handler', { Size: 4096 }],
    ['plan-inference.handler', { Size: 4096 }],
  ]);
});

test('only those that launch know the launch template and the subnets, one of each zone', () => {
  const knowing = Object.values(resources(template, 'AWS::Lambda::Function')).filter(
    (each) => ENV.launchTemplate in variables(each),
  );
  expect(knowing.map(({ Properties }) => Properties.Handler)).toEqual(['acquire-hosts.handler', 'tend-hosts.handler']);
  const pairs = knowing.flatMap((each) => text(variables(each)[ENV.subnets]).split(',{"Fn::Select"'));
  expect(pairs).toHaveLength(2 * 3);
});

describe('GPU hosts', () => {
  const [launchTemplate] = Object.values(resources(template, 'AWS::EC2::LaunchTemplate'));
  const data = launchTemplate?.Properties.LaunchTemplateData as Record<string, unknown>;

  test('are terminated when they shut down, answer IMDSv2 only, and show their tags to the agent', () => {
    expect(data).toMatchObject({
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled', HttpPutResponseHopLimit: 1 },
    });
  });

  test('boot the image that AWS publishes under this name, looked up at each launch', () => {
    const name = 'base-oss-nvidia-driver-gpu-amazon-linux-2023';
    expect(data.ImageId).toBe(`resolve:ssm:/aws/service/deeplearning/ami/x86_64/${name}/latest/ami-id`);
  });

  test('have encrypted disks that go with them', () => {
    expect(data.BlockDeviceMappings).toEqual([
      expect.objectContaining({ Ebs: expect.objectContaining({ Encrypted: true, DeleteOnTermination: true }) }),
    ]);
  });

  test('get no public address, and a launch may still name its subnet', () => {
    expect(data.NetworkInterfaces).toBeUndefined();
    for (const { Properties } of Object.values(resources(template, 'AWS::EC2::Subnet'))) {
      expect(Properties.MapPublicIpOnLaunch).toBe(false);
    }
    expectCount('AWS::EC2::InternetGateway', 0);
    expectCount('AWS::EC2::NatGateway', 0);
  });

  test('reach each other on every port, and nothing reaches them from elsewhere', () => {
    const ingress = Object.values(resources(template, 'AWS::EC2::SecurityGroupIngress')).filter(
      ({ Properties }) => Properties.IpProtocol === '-1',
    );
    expect(ingress).toHaveLength(1);
    expect(text(ingress[0]?.Properties.SourceSecurityGroupId)).toBe(text(ingress[0]?.Properties.GroupId));
  });

  const script = text((data.UserData as Record<string, unknown>)['Fn::Base64']);

  test('boot by a script that bash can read', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('boot by a script that is far below the 16 KB that EC2 takes, names of resources included', () => {
    expect(Buffer.byteLength(script)).toBeLessThan(8 * 1024);
  });

  test('set their dead-man’s switch before anything that can fail, by the tag that the launch gave them', () => {
    const at = (line: string) => {
      expect(script).toContain(line);
      return script.indexOf(line);
    };
    expect(at('tags/instance/lockstep:expires')).toBeLessThan(at('systemd-run --unit=lockstep-deadline'));
    expect(at('systemd-run --unit=lockstep-deadline')).toBeLessThan(at('dnf install'));
  });

  test('install from the repository in S3 alone, the only one that a private subnet reaches', () => {
    expect(script).toMatch(/^dnf install -y --repo=amazonlinux /m);
  });

  test('have tags that the metadata service can show: it refuses to launch with others', () => {
    for (const key of Object.values(TAGS)) expect(key).toMatch(/^[A-Za-z0-9+\-=.,_:@]+$/);
  });

  test('hold the settings of the agent as JSON, with the agent’s asset by its hash', () => {
    const [, json = ''] = /# lockstep-agent-config-begin\n([\s\S]*?)# lockstep-agent-config-end/.exec(script) ?? [];
    expect(JSON.parse(json.replaceAll('${', '<').replaceAll('}"', '>"'))).toMatchObject({
      agentAsset: { key: expect.stringMatching(/^[0-9a-f]{64}\.zip$/) },
      deployment: 'Lockstep',
    });
  });
});

test('events lead where they should', () => {
  const rules = Object.values(resources(template, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
  const patterns = rules.map(({ EventPattern, ScheduleExpression }) => ScheduleExpression ?? EventPattern);
  expect(patterns).toEqual(
    expect.arrayContaining([
      'rate(1 minute)',
      expect.objectContaining({
        source: ['aws.s3'],
        detail: expect.objectContaining({
          object: {
            key: ['.arrow', '.arrows', '.feather', '.parquet', '/_READY'].map((ending) => ({
              wildcard: `inbox/*${ending}`,
            })),
          },
        }),
      }),
      expect.objectContaining({
        source: ['aws.states'],
        detail: expect.objectContaining({ status: ['ABORTED', 'TIMED_OUT', 'FAILED'] }),
      }),
      expect.objectContaining({ source: ['aws.ec2'] }),
    ]),
  );
  // Of both workflows the end is told.
  expect(patterns).toHaveLength(5);
});

test('the events of hosts that reach a queue are those that are acted on, and no others of the account', () => {
  const rule = Object.values(resources(template, 'AWS::Events::Rule')).find(({ Properties }) =>
    JSON.stringify(Properties.EventPattern ?? '').includes('aws.ec2'),
  );
  const passes = compilePattern(rule?.Properties.EventPattern);
  const states = ['pending', 'running', 'shutting-down', 'stopping', 'stopped', 'terminated'];
  const of = (type: string, detail: object) => ({
    ...{ source: 'aws.ec2', 'detail-type': type, detail: { 'instance-id': 'i-1', ...detail } },
  });
  const events = [
    ...states.map((state) => of('EC2 Instance State-change Notification', { state })),
    of('EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
    of('EC2 Instance Rebalance Recommendation', {}),
  ];
  const acted = events.filter((event) => noticeOf(event) !== undefined);
  expect(acted).toHaveLength(5);
  expect(events.filter(passes)).toEqual(acted);
});

test('an inbox event that cannot be delivered is kept', () => {
  const inbox = Object.values(resources(template, 'AWS::Events::Rule')).find(({ Properties }) =>
    JSON.stringify(Properties).includes('inbox/'),
  );
  expect(inbox?.Properties.Targets).toEqual([expect.objectContaining({ DeadLetterConfig: expect.anything() })]);
});

test('a message is hidden for six times as long as its function may take', () => {
  const [queue] = Object.values(resources(template, 'AWS::SQS::Queue')).filter(
    ({ Properties }) => Properties.VisibilityTimeout !== undefined,
  );
  const handler = Object.values(resources(template, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties.Handler === 'host-events.handler',
  );
  expect(queue?.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(handler?.Properties.Timeout));
});

test('a sweep that failed is not repeated: the next one comes within a minute', () => {
  expectResource('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
});

test('host events are taken in batches whose failures are told apart', () => {
  expectResource('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('the outputs are what the command line and the local cloud read', () => {
  expect(Object.keys(template.toJSON().Outputs).sort()).toEqual([
    ...['BucketName', 'DeploymentName', 'InferenceWorkflowArn', 'TableName', 'TrainingWorkflowArn'],
  ]);
});
