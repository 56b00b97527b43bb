/**
 * What AWS asks of a key of one's own where a service uses it for somebody: for a role, the actions of a call, and only by that
 * service; for a service that acts by itself, a statement of the key's policy. Nothing here does anything without a key.
 */
import { Annotations, Aws, Stack } from 'aws-cdk-lib';
import {
  AnyPrincipal,
  Grant,
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A service that uses a key in the name of whoever calls it, as `kms:ViaService` names it. */
type Via = 's3' | 'dynamodb' | 'ec2';

const ACTIONS = {
  readObjects: { via: 's3', actions: ['Decrypt'] },
  writeObjects: { via: 's3', actions: ['GenerateDataKey'] },
  /** S3 reads the parts of an upload again when it puts them together. */
  uploadObjects: { via: 's3', actions: ['GenerateDataKey', 'Decrypt'] },
  readItems: { via: 'dynamodb', actions: ['Decrypt', 'DescribeKey'] },
  writeItems: {
    via: 'dynamodb',
    actions: ['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'],
  },
  makeDisks: {
    via: 'ec2',
    actions: ['Decrypt', 'DescribeKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'],
  },
} as const satisfies Readonly<Record<string, { readonly via: Via; readonly actions: readonly string[] }>>;

type KeyUse = keyof typeof ACTIONS;

/** Lets a role use the key for this, through the service that it is for; undefined where there is no key. */
export function grantKey(key: IKey | undefined, grantee: IGrantable, use: KeyUse): Grant | undefined {
  if (key === undefined) return undefined;
  const { via, actions } = ACTIONS[use];
  return Grant.addToPrincipal({
    grantee,
    actions: actions.map((action) => `kms:${action}`),
    resourceArns: [key.keyArn],
    conditions: { StringEquals: viaService(via) },
  });
}

/** Lets a role launch hosts whose disks are encrypted with the key: EC2 holds it by a grant for as long as a disk is attached. */
export function grantDisks(key: IKey | undefined, grantee: IGrantable): void {
  if (key === undefined) return;
  grantKey(key, grantee, 'makeDisks');
  Grant.addToPrincipal({
    grantee,
    actions: ['kms:CreateGrant'],
    resourceArns: [key.keyArn],
    conditions: { StringEquals: viaService('ec2'), Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  });
}

/** Services that use a key without anybody's call, for what they keep or deliver. */
const BY_ITSELF = {
  /** CloudWatch Logs, for log groups of this account. */
  logs: {
    service: `logs.${Aws.REGION}.amazonaws.com`,
    actions: ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'],
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:*`,
      },
    },
  },
  /** EventBridge, which puts events into queues. */
  events: {
    service: 'events.amazonaws.com',
    actions: ['GenerateDataKey', 'Decrypt'],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  },
  /** CloudWatch, which tells a topic of alarms. */
  cloudwatch: {
    service: 'cloudwatch.amazonaws.com',
    actions: ['GenerateDataKey', 'Decrypt'],
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  },
} as const;

/** Lets a service use the key for this account's resources. A key that is not of this app gets a warning with the statement. */
export function allowService(scope: Construct, key: IKey | undefined, name: keyof typeof BY_ITSELF): void {
  const { service, actions, conditions } = BY_ITSELF[name];
  allowInPolicy(scope, key, `Lockstep-${name}`, {
    principals: [new ServicePrincipal(service)],
    actions,
    conditions,
  });
}

/** Lets EC2 itself use the key for the disks of spot hosts, which it starts by a role of its own. */
export function allowSpotDisks(scope: Construct, key: IKey | undefined, spotRoleArn: string): void {
  // By a condition rather than as the principal: a policy cannot name a role that is not there yet, and EC2 makes it at the first launch.
  const conditions = {
    StringEquals: { 'kms:CallerAccount': Aws.ACCOUNT_ID },
    ArnEquals: { 'aws:PrincipalArn': spotRoleArn },
  };
  const principals = [new AnyPrincipal()];
  allowInPolicy(scope, key, 'LockstepSpotDisks', { principals, actions: ACTIONS.makeDisks.actions, conditions });
  allowInPolicy(scope, key, 'LockstepSpotGrants', {
    principals,
    actions: ['CreateGrant'],
    conditions: { ...conditions, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  });
}

interface PolicyPart {
  readonly principals: IPrincipal[];
  readonly actions: readonly string[];
  readonly conditions: Readonly<Record<string, unknown>>;
}

function allowInPolicy(scope: Construct, key: IKey | undefined, sid: string, part: PolicyPart): void {
  if (key === undefined) return;
  const { principals, actions, conditions } = part;
  const statement = new PolicyStatement({
    ...{ sid, principals, conditions, resources: ['*'] },
    actions: actions.map((action) => `kms:${action}`),
  });
  if (key.addToResourcePolicy(statement).statementAdded) return;
  Annotations.of(Stack.of(scope)).addWarningV2(
    `@lockstep/constructs:${sid}`,
    `expected the policy of the key ${key.keyArn} to have this statement, which this app cannot add because it does not own the key: ${JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson()))}`,
  );
}

/** In China the services of a region have names below another domain. */
const viaService = (service: Via): Readonly<Record<string, readonly string[]>> => ({
  'kms:ViaService': ['amazonaws.com', Aws.URL_SUFFIX].map((domain) => `${service}.${Aws.REGION}.${domain}`),
});
