import { createHash } from 'node:crypto';
import { ACCOUNT, arn, REGION, ZONES } from './account.ts';
import type { Resource } from './assembly.ts';

/** What `Ref` gives for a resource, and what `Fn::GetAtt` gives for each attribute that is known. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a name depends on beside the resource itself. */
export interface Naming {
  readonly stackName: string;
  readonly logicalId: string;
  /** A literal property of the resource, resolved. */
  property(name: string): unknown;
  queueUrl(queueName: string): string;
}

type Identify = (naming: Naming) => Identity;

/**
 * The types whose resources exist in the local cloud, and how AWS names them. CloudFormation adds random letters to a
 * name that the template does not give; here it is the stack and the logical id, so that it is the same in every run.
 */
const EMULATED: Readonly<Record<string, Identify>> = {
  'AWS::DynamoDB::Table': (naming) => table(name(naming, 'TableName')),
  'AWS::DynamoDB::GlobalTable': (naming) => table(name(naming, 'TableName')),
  'AWS::S3::Bucket': (naming) => bucket(name(naming, 'BucketName').toLowerCase().slice(0, 63)),
  'AWS::SQS::Queue': (naming) => queue(name(naming, 'QueueName'), naming),
  'AWS::Lambda::Function': (naming) => {
    const ref = name(naming, 'FunctionName').slice(0, 64);
    return { ref, attributes: { Arn: arn('lambda', `function:${ref}`) } };
  },
  'AWS::StepFunctions::StateMachine': (naming) => {
    const machine = name(naming, 'StateMachineName').slice(0, 80);
    const ref = arn('states', `stateMachine:${machine}`);
    return { ref, attributes: { Arn: ref, Name: machine } };
  },
  'AWS::Events::Rule': (naming) => {
    const ref = name(naming, 'Name');
    return { ref, attributes: { Arn: arn('events', `rule/${ref}`) } };
  },
  'AWS::Lambda::EventSourceMapping': (naming) => {
    const ref = uuidOf(`${naming.stackName}/${naming.logicalId}`);
    return { ref, attributes: { Arn: arn('lambda', `event-source-mapping:${ref}`), Id: ref } };
  },
  'AWS::EC2::LaunchTemplate': (naming) => ({
    ref: `lt-${hex(naming, 17)}`,
    attributes: { LatestVersionNumber: '1', DefaultVersionNumber: '1', LaunchTemplateId: `lt-${hex(naming, 17)}` },
  }),
  'AWS::EC2::Subnet': (naming) => {
    const ref = `subnet-${hex(naming, 17)}`;
    return { ref, attributes: { AvailabilityZone: String(naming.property('AvailabilityZone') ?? ZONES[0]) } };
  },
};

/** Ids of EC2 resources that nothing here acts on, but that may appear in variables and launch templates. */
const EC2_PREFIXES: Readonly<Record<string, string>> = {
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::VPCEndpoint': 'vpce',
};

/**
 * Types that change nothing for a program that uses the others: rights, keys, logs, alarms and networks, which the local cloud
 * does not have, and what only refers to something else.
 */
const WITHOUT_EFFECT: readonly RegExp[] = [
  /^AWS::(IAM|KMS|Logs|CloudWatch|CDK)::/,
  /^AWS::EC2::(?!Instance$)/,
  /Policy$/,
  /^AWS::Lambda::(Permission|EventInvokeConfig)$/,
  /^AWS::Athena::WorkGroup$/,
  // It sets what the local cloud reads from it, see stack.ts.
  /^Custom::S3BucketNotifications$/,
];

/** True for the types that have a twin in the local cloud, or that nobody misses; the others only have a name. */
export const isEmulated = (type: string) => type in EMULATED || WITHOUT_EFFECT.some((known) => known.test(type));

/** A plausible identity for a resource of any type. */
export function identify(resource: Resource, naming: Naming): Identity {
  const emulated = EMULATED[resource.Type];
  if (emulated !== undefined) return emulated(naming);
  const prefix = EC2_PREFIXES[resource.Type];
  if (prefix !== undefined) {
    const ref = `${prefix}-${hex(naming, 17)}`;
    return { ref, attributes: { GroupId: ref, VpcId: ref, Id: ref, Arn: arn('ec2', `${prefix}/${ref}`) } };
  }
  const ref = `${naming.stackName}-${naming.logicalId}`;
  const service = resource.Type.split('::')[1]?.toLowerCase() ?? 'unknown';
  const Arn =
    service === 'iam' ? `arn:aws:iam::${ACCOUNT}:${kind(resource)}/${ref}` : arn(service, `${kind(resource)}/${ref}`);
  return { ref, attributes: { Arn } };
}

const table = (ref: string): Identity => ({
  ref,
  attributes: { Arn: arn('dynamodb', `table/${ref}`), TableId: ref },
});

const bucket = (ref: string): Identity => ({
  ref,
  attributes: {
    Arn: `arn:aws:s3:::${ref}`,
    DomainName: `${ref}.s3.amazonaws.com`,
    RegionalDomainName: `${ref}.s3.${REGION}.amazonaws.com`,
  },
});

function queue(queueName: string, naming: Naming): Identity {
  const url = naming.queueUrl(queueName);
  return { ref: url, attributes: { Arn: arn('sqs', queueName), QueueName: queueName, QueueUrl: url } };
}

const name = (naming: Naming, property: string) =>
  String(naming.property(property) ?? `${naming.stackName}-${naming.logicalId}`);

const kind = (resource: Resource) => resource.Type.split('::').at(-1)?.toLowerCase() ?? 'resource';

const hex = (naming: Naming, length: number) =>
  createHash('sha256').update(`${naming.stackName}/${naming.logicalId}`).digest('hex').slice(0, length);

const uuidOf = (text: string) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
