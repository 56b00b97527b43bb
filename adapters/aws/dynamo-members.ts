import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MemberStore } from '#core/gang/ports.ts';
import type { Member } from '#core/gang/records.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { type Item, ttl } from './control-item.ts';

/**
 * Heartbeats have a partition of their own, so that they never compete with the control item for its throughput. One
 * shard carries 512 hosts at a beat every two seconds with room to spare; the key leaves room for more.
 */
const SHARD = 0;

/** Members of one agent never go back; those of another are never replaced. */
const IS_FORWARD = 'attribute_not_exists(pk) OR (bootId = :boot AND nonce = :nonce AND seq < :seq)';

/** Member records and heartbeats in DynamoDB. A record belongs to one boot and one agent of its host. */
export function dynamoMembers(client: DynamoDBClient, table: string): MemberStore {
  async function put(member: Member, signal?: AbortSignal): Promise<Member | undefined> {
    const { bootId, nonce, seq } = member;
    const input = {
      ...{ TableName: table, Item: memberItem(member), ConditionExpression: IS_FORWARD },
      ExpressionAttributeValues: { ':boot': { S: bootId }, ':nonce': { S: nonce }, ':seq': { N: String(seq) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    try {
      await client.send(new PutItemCommand(input), abortable(signal));
      return member;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const there = error.Item === undefined ? await get(member, signal) : toMember(error.Item);
      return there?.bootId === bootId && there.nonce === nonce ? there : undefined;
    }
  }

  async function get({ runId, attempt, instanceId }: Member, signal?: AbortSignal): Promise<Member | undefined> {
    const Key = { pk: { S: KEYS.members(runId) }, sk: { S: KEYS.member(attempt, instanceId) } };
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key, ConsistentRead: true }),
      abortable(signal),
    );
    return Item === undefined ? undefined : toMember(Item);
  }

  async function query(pk: string, prefix: string, how: Reading): Promise<readonly Item[]> {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
      ConsistentRead: how.consistent,
    };
    const items: Item[] = [];
    for await (const page of paginateQuery({ client }, input, abortable(how.signal))) items.push(...(page.Items ?? []));
    return items;
  }

  return {
    put,
    async list(runId, attempt, signal) {
      const items = await query(KEYS.members(runId), KEYS.memberPrefix(attempt), { consistent: true, signal });
      return items.map(toMember);
    },
    async beat(runId, attempt, instanceId, signal) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: KEYS.heartbeats(runId, SHARD) }, sk: { S: KEYS.heartbeat(attempt, instanceId) } },
          UpdateExpression: 'SET instanceId = :id, #ttl = :ttl ADD beats :one',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':id': { S: instanceId }, ':ttl': ttl(), ':one': { N: '1' } },
        }),
        abortable(signal),
      );
    },
    async beats(runId, attempt, signal) {
      // A counter that is read a moment late only looks still a moment longer.
      const items = await query(KEYS.heartbeats(runId, SHARD), KEYS.heartbeat(attempt, ''), {
        consistent: false,
        signal,
      });
      return new Map(items.map((item) => [item.instanceId?.S ?? '', Number(item.beats?.N)]));
    },
  };
}

interface Reading {
  readonly consistent: boolean;
  readonly signal: AbortSignal | undefined;
}

const toMember = (item: Item): Member => JSON.parse(item.record?.S ?? '') as Member;

const memberItem = (member: Member): Item => ({
  pk: { S: KEYS.members(member.runId) },
  sk: { S: KEYS.member(member.attempt, member.instanceId) },
  bootId: { S: member.bootId },
  nonce: { S: member.nonce },
  seq: { N: String(member.seq) },
  record: { S: JSON.stringify(member) },
  ttl: ttl(),
});
