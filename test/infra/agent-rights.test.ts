/** What a host may do, and what its agent may do for its run and no other, held to what the agent's code calls. */
import { matchesGlob } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoClaims } from '#adapters/aws/dynamo-claims.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCrews } from '#adapters/aws/dynamo-crews.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { LockstepStack } from '../../infra/stack.ts';
import { type Sent, scriptedDynamo } from '../adapters/aws/scripted-dynamodb.ts';
import { member, roster } from '../core/gang/subject.ts';
import { actionsOf } from './called-actions.ts';
import { type Statement, statementsOfRole, unique } from './policies.ts';
import { emptyBundle, newStack, resources, synthesized, text } from './synthesized.ts';

const template = synthesized();
const roles = Object.entries(resources(template, 'AWS::IAM::Role'));
const [agentId, agentRole] = roles.find(([id]) => id.startsWith('FleetAgentRole')) ?? [];
const [hostId] = roles.find(([id]) => id.startsWith('FleetHostRole')) ?? [];
const statements = statementsOfRole(template, agentId);
const ITS_RUN = ['$', '{aws:PrincipalTag/lockstep-run}'].join('');

/** Granted for what `secrets` of the stack names, which is nothing by default. */
const OF_SECRETS: readonly string[] = ['ssm:GetParameter', 'secretsmanager:GetSecretValue'];

const has = (statement: Statement, prefix: string) => [statement.Action].flat().some((one) => one.startsWith(prefix));

/** Partition keys of every request that an agent of the run makes. */
async function partitionsUsed(runId: string): Promise<readonly string[]> {
  const { client, sent } = scriptedDynamo(async ({ command }) =>
    command === 'GetItemCommand' ? { Item: { token: { S: 't' }, attempt: { N: '0' } } } : {},
  );
  const table = 'gangs';
  const at = { runId, attempt: 0, epoch: 0 };
  const write = { runId, attempt: 0, from: ['FORMING'], set: { phase: 'STARTING' }, opId: 'x' } as never;
  const sfn = new SFNClient({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1' });
  const calls: readonly (() => Promise<unknown>)[] = [
    () => dynamoControl(client, table).read(runId),
    () => dynamoControl(client, table).write(write),
    () => dynamoControl(client, table).commit(write, { roster: { ...roster, runId }, end: {} as never }),
    () => dynamoControl(client, table).roster(runId, 0),
    () => dynamoMembers(client, table).put({ ...member('a'), runId }),
    () => dynamoMembers(client, table).list(runId, 0),
    () => dynamoMembers(client, table).beat(runId, 0, 'a'),
    () => dynamoMembers(client, table).beats(runId, 0),
    () =>
      dynamoBarrier(client, table).arrive(at, [{ rank: 0, kind: 'allGather', callSite: '', payload: 'x' } as never]),
    () => dynamoBarrier(client, table).arrivals(at),
    () => dynamoBarrier(client, table).payloads(at, 2),
    () => dynamoLeases(client, table).leaseOf(runId, 'a'),
    () => dynamoLeases(client, table).extend(runId, ['a'], 1),
    () => dynamoCrews(client, table).read(runId),
    () => dynamoCrews(client, table).fail(runId, 0, { code: 'LS_RUN_INCOMPLETE', message: '' }),
    () => dynamoClaims(client, table).board(at),
    () => dynamoClaims(client, table).take(at, { place: 0, fence: 0, beats: 0, owner: 'o', tries: 0 }),
    () => dynamoProgress(client, table).put(runId, { attempt: 0, step: 1, of: 2, metrics: {} } as never),
    () => sfnCallback({ dynamodb: client, sfn, table }).heartbeat(runId),
  ];
  // What comes back is no answer to most of them: it is what is asked that counts.
  for (const call of calls) await call().catch(() => undefined);
  return [...new Set(sent.flatMap(partitionsOf))];
}

interface Keyed {
  readonly Key?: { readonly pk: { readonly S: string } };
  readonly Item?: { readonly pk: { readonly S: string } };
}

function partitionsOf({ input }: Sent): readonly string[] {
  const items = (input.TransactItems ?? []) as readonly Readonly<Record<string, Keyed>>[];
  const keyed = [input as Keyed, ...items.flatMap((item) => Object.values(item))];
  const values = (input.ExpressionAttributeValues ?? {}) as Readonly<Record<string, { readonly S?: string }>>;
  const name = /pk = (:\w+)/.exec(String(input.KeyConditionExpression ?? ''))?.[1];
  const asked = name === undefined ? [] : [values[name]?.S ?? ''];
  return [...keyed.flatMap(({ Key, Item }) => (Key ?? Item)?.pk.S ?? []), ...asked];
}

describe('an agent', () => {
  test('may do what its code calls, and nothing else', () => {
    const called = actionsOf('gpu-agent/main.ts').filter((action) => !OF_SECRETS.includes(action));
    expect(unique(statements.flatMap(({ Action }) => Action))).toEqual(unique(called));
  });

  test('reads the parameters and secrets that the stack names, and none by default', () => {
    const secrets = { parameters: ['/team/*'], secrets: ['hub'] };
    const { app } = newStack();
    const named = Template.fromStack(new LockstepStack(app, 'Named', { bundle: emptyBundle(), secrets }));
    const id = Object.keys(resources(named, 'AWS::IAM::Role')).find((one) => one.startsWith('FleetAgentRole'));
    const rights = statementsOfRole(named, id)
      .filter((one) => OF_SECRETS.some((action) => has(one, action)))
      .map(({ Action, Resource }) => [Action, text(Resource).replace(/^arn:.*:(?=parameter|secret:)/, '')]);
    expect(rights).toEqual([
      ['ssm:GetParameter', 'parameter/team/*'],
      ['secretsmanager:GetSecretValue', 'secret:hub-??????'],
    ]);
    const endpoints = Object.values(resources(named, 'AWS::EC2::VPCEndpoint')).map(({ Properties }) =>
      text(Properties.ServiceName).split('.').at(-1),
    );
    expect(endpoints).toEqual(expect.arrayContaining(['ssm', 'secretsmanager']));
  });

  test('reaches the items of its own run, each that its code asks for, and those of no other', async () => {
    const [onTable, ...more] = statements.filter((one) => has(one, 'dynamodb:'));
    expect(more).toEqual([]);
    const condition = onTable?.Condition as Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
    const patterns = condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
    const allows = (run: string) => (key: string) =>
      patterns.some((pattern) => matchesGlob(key.replaceAll('/', '_'), pattern.replaceAll(ITS_RUN, run)));
    const used = await partitionsUsed('digits-1');
    const kinds = ['GANG', 'ROSTERS', 'MEMBERS', 'BARRIERS', 'PAYLOADS', 'HB', 'LEASES', 'CREW', 'CLAIMS'];
    expect(unique(used.map((key) => key.split('#')[0] ?? ''))).toEqual(kinds.toSorted());
    expect(used.filter((key) => !allows('digits-1')(key))).toEqual([]);
    for (const other of ['digits-11', 'digits-', 'other']) expect(used.filter(allows(other))).toEqual([]);
  });

  test('writes objects of its own run, besides wheels that runs share, and reads what is for all', () => {
    const keys = (action: string) =>
      statements
        .filter((one) => has(one, action))
        .flatMap(({ Resource }) => [Resource].flat().map((one) => text(one).replace(/^.*?Arn\}\//, '')))
        .toSorted();
    expect(keys('s3:PutObject')).toEqual(['environments/*', `runs/${ITS_RUN}/*`]);
    expect(keys('s3:DeleteObject')).toEqual([`runs/${ITS_RUN}/checkpoints/*`]);
    expect(keys('s3:GetObject')).toEqual([...['data/*', 'environments/*', 'inbox/*', 'models/*', `runs/${ITS_RUN}/*`]]);
  });

  test('has a role that only hosts can take on, and only for a run', () => {
    const trust = agentRole?.Properties.AssumeRolePolicyDocument as { readonly Statement: readonly object[] };
    for (const statement of trust.Statement) {
      expect(statement).toMatchObject({
        Principal: { AWS: { 'Fn::GetAtt': [hostId, 'Arn'] } },
        Condition: { StringLike: { 'aws:RequestTag/lockstep-run': '?*' } },
      });
    }
    expect(unique(trust.Statement.flatMap((one) => (one as Statement).Action))).toEqual([
      'sts:AssumeRole',
      'sts:TagSession',
    ]);
  });
});

test('a host may fetch the agent and take on its role, and nothing else', () => {
  const rights = statementsOfRole(template, hostId).map(({ Action, Resource }) => ({ Action, of: text(Resource) }));
  expect(unique(rights.flatMap(({ Action }) => Action))).toEqual(['s3:GetObject', 'sts:AssumeRole', 'sts:TagSession']);
  for (const { Action, of } of rights) {
    expect(of).toMatch([Action].flat().includes('s3:GetObject') ? /\/[0-9a-f]{64}\.zip$/ : /FleetAgentRole/);
  }
});
