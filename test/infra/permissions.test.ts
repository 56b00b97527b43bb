/**
 * Least privilege, both ways: what a function may do is what its code calls. The calls are read from the sources that
 * esbuild finds below functions/<name>.ts, so a call that no policy allows fails here, and so does a right without a use.
 */
import { describe, expect, test } from 'vitest';
import { CONTROL_FUNCTIONS, type FunctionName, INFERENCE_FUNCTIONS } from '../../infra/function-names.ts';
import { actionsOf } from './called-actions.ts';
import { policiesOf, type Statement, statementsOf, unique } from './policies.ts';
import { synthesized, text } from './synthesized.ts';

const template = synthesized();
const policies = policiesOf(template);

/** What every function may do: write its own log. */
const EVERY = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Rights that follow from how a function is started rather than from what it calls. */
const FAILS_TO_QUEUE = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
const BY_TRIGGER: Partial<Record<FunctionName, readonly string[]>> = {
  'release-hosts': FAILS_TO_QUEUE,
  'release-crew': FAILS_TO_QUEUE,
  'sweep-gangs': FAILS_TO_QUEUE,
  'host-events': [
    ...['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    ...['sqs:GetQueueUrl', 'sqs:ReceiveMessage'],
  ],
};

describe.each([...CONTROL_FUNCTIONS, ...INFERENCE_FUNCTIONS])('%s', (name) => {
  const allowed = unique(statementsOf(template, name).flatMap(({ Action }) => Action));
  const needed = unique([...EVERY, ...(BY_TRIGGER[name] ?? []), ...actionsOf(`functions/${name}.ts`)]);

  test('may do what its code calls', () => {
    expect(needed.filter((action) => !allowed.includes(action))).toEqual([]);
  });

  test('may do nothing that its code does not call', () => {
    expect(allowed.filter((action) => !needed.includes(action))).toEqual([]);
  });
});

test('no statement allows every action of a service', () => {
  const actions = policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action),
  );
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.filter((action) => action.includes('*'))).toEqual([]);
});

test('hosts are terminated only where they carry the tag of this deployment', () => {
  const terminating = policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action.includes('ec2:TerminateInstances'));
  expect(terminating.length).toBeGreaterThan(0);
  for (const statement of terminating) {
    expect(statement).toMatchObject({
      Action: 'ec2:TerminateInstances',
      Condition: { StringEquals: { 'ec2:ResourceTag/lockstep:deployment': 'Lockstep' } },
    });
  }
});

describe('a launch', () => {
  const statements = statementsOf(template, 'acquire-hosts');
  const launches = statements.filter(({ Action }) => Action === 'ec2:RunInstances');
  const kindsOf = ({ Resource }: Statement) =>
    [Resource].flat().map((arn) => /:(?:\$\{AWS::AccountId\})?:([a-z-]+)\//.exec(text(arn))?.[1]);

  test('may use and make each kind of resource that EC2 checks, those of spot hosts included', () => {
    expect(launches.flatMap(kindsOf).filter((kind) => kind !== 'subnet')).toEqual([
      ...['instance', 'launch-template', 'network-interface', 'security-group', 'volume', 'image'],
      'spot-instances-request',
    ]);
    expect(launches.flatMap(kindsOf).filter((kind) => kind === 'subnet')).toHaveLength(3);
  });

  test('is bound to the template or the tag, but for the spot request, which has neither', () => {
    const unbound = launches.filter(({ Condition }) => Condition === undefined);
    expect(unbound.flatMap(kindsOf)).toEqual(['spot-instances-request']);
  });

  test('passes the role of the hosts to EC2 only', () => {
    expect(statements.find(({ Action }) => Action === 'iam:PassRole')).toMatchObject({
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    });
  });

  test('reads an image parameter of AWS, which is of no account', () => {
    const arn = text(statements.find(({ Action }) => Action === 'ssm:GetParameters')?.Resource);
    expect(arn).toMatch(/^arn:aws:ssm:\$\{AWS::Region\}::parameter\/aws\/service\/deeplearning\//);
  });
});

test('every reader of the bucket may list it: S3 says 403, not 404, of what is missing to those who may not', () => {
  const blind = policies.filter(({ Properties: { PolicyDocument, Roles } }) => {
    const actions = PolicyDocument.Statement.filter(({ Resource }) => JSON.stringify(Resource).includes('DataBucket'));
    const has = (action: string) => actions.some(({ Action }) => [Action].flat().includes(action));
    // Step Functions reads one object that is there.
    return has('s3:GetObject') && !has('s3:ListBucket') && !Roles.some(({ Ref }) => Ref.includes('StateMachine'));
  });
  expect(blind).toEqual([]);
});
