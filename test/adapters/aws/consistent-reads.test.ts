/**
 * Where a decision hangs on a read, the read is strongly consistent. No emulator on one machine would show the difference,
 * so the requests themselves are looked at.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoClaims } from '#adapters/aws/dynamo-claims.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoCrews } from '#adapters/aws/dynamo-crews.ts';
import { dynamoJournal } from '#adapters/aws/dynamo-journal.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { member } from '../../core/gang/subject.ts';
import { type Sent, scriptedDynamo } from './scripted-dynamodb.ts';

const TABLE = 'gangs';
const AT = { runId: 'r', attempt: 0, epoch: 0 };
const LOCK = { runId: 'r', nowS: 0, ttlS: 1 };
const callback = (dynamodb: DynamoDBClient) => sfnCallback({ dynamodb, sfn: new SFNClient({}), table: TABLE });

type Read = (client: DynamoDBClient) => Promise<unknown>;

const DECIDES: Readonly<Record<string, Read>> = {
  'control.read': (client) => dynamoControl(client, TABLE).read('r'),
  'control.roster': (client) => dynamoControl(client, TABLE).roster('r', 0),
  'journal.endings': (client) => dynamoJournal(client, TABLE).endings('r'),
  'members.list': (client) => dynamoMembers(client, TABLE).list('r', 0),
  'barriers.arrivals': (client) => dynamoBarrier(client, TABLE).arrivals(AT),
  'barriers.payloads': (client) => dynamoBarrier(client, TABLE).payloads(AT, 2),
  'leases.leases': (client) => dynamoLeases(client, TABLE).leases('r'),
  'leases.runOf': (client) => dynamoLeases(client, TABLE).runOf('i'),
  'leases.leaseOf': (client) => dynamoLeases(client, TABLE).leaseOf('r', 'i'),
  'crews.read': (client) => dynamoCrews(client, TABLE).read('r'),
  'crews.list': (client) => dynamoCrews(client, TABLE).list(),
  'claims.board': (client) => dynamoClaims(client, TABLE).board(AT),
  'queue.list': (client) => dynamoQueue(client, TABLE).list(),
  'queue.lock': (client) => dynamoQueue(client, TABLE).lock('pool', LOCK),
  'callback.heartbeat': (client) => callback(client).heartbeat('r'),
  'callback.succeed': (client) => callback(client).succeed('r', { phase: 'STOPPING', attempt: 0 }),
};

/** What is only looked at, or made good by looking again. */
const ONLY_TELLS: Readonly<Record<string, Read>> = {
  'members.beats': (client) => dynamoMembers(client, TABLE).beats('r', 0),
  'cooldowns.read': (client) => dynamoCooldowns(client, TABLE).read(['pool']),
  'progress.get': (client) => dynamoProgress(client, TABLE).get('r'),
  'runs.list': (client) => dynamoRuns(client, TABLE).list(5),
};

const isRead = ({ command }: Sent): boolean => command === 'GetItemCommand' || command === 'QueryCommand';

async function readsOf(read: Read): Promise<readonly Sent[]> {
  const { client, sent } = scriptedDynamo();
  await read(client);
  return sent.filter(isRead);
}

describe('a read on which something hangs is strongly consistent:', () => {
  it.each(Object.entries(DECIDES))('%s', async (_, read) => {
    expect((await readsOf(read)).map(({ input }) => input.ConsistentRead)).toEqual([true]);
  });

  it('what is there where a record is refused, if the refusal does not say', async () => {
    const { client, sent } = scriptedDynamo(async ({ command }) => {
      if (command === 'GetItemCommand') return {};
      const { ConditionalCheckFailedException } = await import('@aws-sdk/client-dynamodb');
      throw new ConditionalCheckFailedException({ message: '', $metadata: {} });
    });
    await dynamoMembers(client, TABLE).put(member('a'));
    expect(sent.filter(isRead).map(({ input }) => input.ConsistentRead)).toEqual([true]);
  });
});

describe('a read that may lag costs half:', () => {
  it.each(Object.entries(ONLY_TELLS))('%s', async (_, read) => {
    expect((await readsOf(read)).map(({ input }) => input.ConsistentRead ?? false)).toEqual([false]);
  });
});
