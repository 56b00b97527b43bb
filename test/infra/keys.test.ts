/** Keys of one's own: what they encrypt, and that every role which needs one may use it, through the service, and no other. */
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { DeploymentAlarms } from '../../infra/deployment-alarms.ts';
import { LockstepStack } from '../../infra/stack.ts';
import { policiesOf, type Statement, statementsOfRole, unique } from './policies.ts';
import { emptyBundle, type Resource, resources, synthesized, text } from './synthesized.ts';

const app = new App();
const keys = new Stack(app, 'Keys');
const encryptionKey = new Key(keys, 'Everything');
const diskKey = new Key(keys, 'Disks');
const stack = new LockstepStack(app, 'Lockstep', { bundle: emptyBundle(), encryptionKey, diskKey });
const people = { start: role('Start'), read: role('Read'), cancel: role('Cancel') };
stack.grantStart(people.start);
stack.grantRead(people.read);
stack.grantCancel(people.cancel);
const { deployment, training, trigger } = stack;
const alarms = new Stack(app, 'Alarms');
const topicKey = new Key(alarms, 'Key');
const topic = new Topic(alarms, 'Topic', { masterKey: topicKey });
new DeploymentAlarms(alarms, 'More', { deployment, training, trigger, topic });
const template = Template.fromStack(stack);

/** Where a resource says what encrypts it. */
const ENCRYPTED: Readonly<Record<string, (properties: Record<string, unknown>) => unknown>> = {
  'AWS::S3::Bucket': ({ BucketEncryption }) => BucketEncryption,
  'AWS::DynamoDB::GlobalTable': ({ Replicas }) => Replicas,
  'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
  'AWS::Athena::WorkGroup': ({ WorkGroupConfiguration }) => WorkGroupConfiguration,
};

/** Actions on a key, as `<service> <action>`, that a role needs which may do this. */
const KEY_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  's3:GetObject': ['s3 Decrypt'],
  's3:PutObject': ['s3 GenerateDataKey'],
  's3:AbortMultipartUpload': ['s3 Decrypt', 's3 GenerateDataKey'],
  'dynamodb:GetItem': ['dynamodb Decrypt', 'dynamodb DescribeKey'],
  'dynamodb:Query': ['dynamodb Decrypt', 'dynamodb DescribeKey'],
  ...Object.fromEntries(
    ['PutItem', 'UpdateItem', 'DeleteItem'].map((action) => [
      `dynamodb:${action}`,
      ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'].map(
        (each) => `dynamodb ${each}`,
      ),
    ]),
  ),
  // These two CDK grants itself, and for any service.
  'sqs:SendMessage': ['any Decrypt', 'any Encrypt', 'any GenerateDataKey*', 'any ReEncrypt*'],
  'sqs:ReceiveMessage': ['any Decrypt'],
};
const DISKS = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

function role(id: string): Role {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
}

const isOfKeys = ({ Action }: Statement) => [Action].flat().every((action) => action.startsWith('kms:'));
const onKey = ({ Resource }: Statement, key: Key) => text(Resource).includes(logicalId(key));
const logicalId = (key: Key) => Stack.of(key).getLogicalId(key.node.defaultChild as never);

/** `<service> <action>` for each right on a key. */
const rights = (statements: readonly Statement[], key: Key): readonly string[] =>
  unique(
    statements
      .filter((one) => isOfKeys(one) && onKey(one, key))
      .flatMap(({ Action, Condition }) => {
        const [via] = [Condition?.StringEquals?.['kms:ViaService'] ?? 'any'].flat();
        return [Action].flat().map((action) => `${text(via).split('.')[0]} ${action.slice(4)}`);
      }),
  );

describe('a key of one’s own', () => {
  it.each(Object.keys(ENCRYPTED))('encrypts each %s', (type) => {
    const all = Object.values(resources(template, type));
    expect(all.length).toBeGreaterThan(0);
    for (const { Properties } of all) {
      expect(JSON.stringify(ENCRYPTED[type]?.(Properties))).toContain(logicalId(encryptionKey));
    }
  });

  it('encrypts the disks of hosts, or another does', () => {
    const of = (one: Template) => JSON.stringify(resources(one, 'AWS::EC2::LaunchTemplate'));
    expect(of(template)).toContain(logicalId(diskKey));
    expect(of(template)).not.toContain(logicalId(encryptionKey));
    expect(
      of(Template.fromStack(new LockstepStack(new App(), 'One', { bundle: emptyBundle(), encryptionKey: ARN }))),
    ).toContain(ARN);
  });

  const roles = Object.keys(resources(template, 'AWS::IAM::Role'));

  it.each(roles)('may be used by %s as far as what it may do needs it, and no further', (id) => {
    const statements = statementsOfRole(template, id);
    const other = statements.filter((one) => !isOfKeys(one) && !onlyAssets(one)).flatMap(({ Action }) => Action);
    expect(rights(statements, encryptionKey)).toEqual(unique(other.flatMap((action) => KEY_ACTIONS[action] ?? [])));
    const launches = other.includes('ec2:RunInstances');
    expect(rights(statements, diskKey)).toEqual(launches ? DISKS.map((action) => `ec2 ${action}`) : []);
  });

  it('is lent to EC2 for the disks of a launch alone', () => {
    const lending = policiesOf(template)
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().includes('kms:CreateGrant'));
    expect(lending.length).toBeGreaterThan(0);
    for (const { Condition } of lending) expect(Condition?.Bool).toEqual({ 'kms:GrantIsForAWSResource': 'true' });
  });

  it('may be used by the services that act by themselves, for this account', () => {
    const policies = Object.entries(resources(Template.fromStack(keys), 'AWS::KMS::Key'));
    const servicesOf = (key: Key) =>
      policies.filter(([id]) => id === logicalId(key)).flatMap(([, one]) => granted(one));
    expect(servicesOf(encryptionKey)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^logs\..*\.amazonaws\.com$/), 'events.amazonaws.com']),
    );
    expect(servicesOf(encryptionKey)).not.toContain('*');
    expect(servicesOf(diskKey).filter((one) => one === '*')).toHaveLength(2);
    const [ofTopic] = Object.values(resources(Template.fromStack(alarms), 'AWS::KMS::Key'));
    expect(ofTopic && granted(ofTopic)).toContain('cloudwatch.amazonaws.com');
    const spot = policies
      .flatMap(([, one]) => keyStatements(one))
      .filter(({ Principal }) => principal(Principal) === '*');
    for (const { Condition } of spot) {
      expect(text(Condition?.ArnEquals?.['aws:PrincipalArn'])).toMatch(
        /role\/aws-service-role\/spot\.amazonaws\.com\/AWSServiceRoleForEC2Spot$/,
      );
      expect(Condition?.StringEquals).toHaveProperty(['kms:CallerAccount']);
    }
  });
});

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555';

describe('a key that the app does not own', () => {
  const foreign = new LockstepStack(new App(), 'Foreign', { bundle: emptyBundle(), encryptionKey: ARN });

  it('gets a warning for each statement that its policy must have', () => {
    const warnings = Annotations.fromStack(foreign).findWarning('*', Match.stringLikeRegexp('policy of the key'));
    const sids = warnings.map(({ entry }) => /"Sid":"([^"]+)"/.exec(String(entry.data))?.[1]);
    expect(sids.toSorted()).toEqual(['Lockstep-events', 'Lockstep-logs', 'LockstepSpotDisks', 'LockstepSpotGrants']);
  });
});

it('without a key, nobody is given a right on one', () => {
  const actions = policiesOf(synthesized()).flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action),
  );
  expect(actions.filter((action) => action.startsWith('kms:'))).toEqual([]);
});

/** The asset of the agent lies in the bucket of `cdk bootstrap`, whose key lets the account's roles in by its policy. */
const onlyAssets = ({ Resource }: Statement) => /cdk-[\w$-]*assets/.test(JSON.stringify(Resource));

interface KeyStatement extends Statement {
  readonly Sid?: string;
  readonly Principal: { readonly Service?: unknown; readonly AWS?: unknown };
}

const keyStatements = ({ Properties }: Resource): readonly KeyStatement[] =>
  (Properties.KeyPolicy as { readonly Statement: readonly KeyStatement[] }).Statement;
const principal = ({ Service, AWS }: KeyStatement['Principal']): string => text(Service ?? AWS);
const granted = (key: Resource): readonly string[] => keyStatements(key).map(({ Principal }) => principal(Principal));
