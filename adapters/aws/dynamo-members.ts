import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MemberStore } from '#core/gang/ports.ts';
import type { Member } from '#core/gang/records.ts';
import { KEYS } from '#core/names.ts';
import { type Item, ttl } from './control-item.ts';

/**
 * Heartbeats have a partition of their own, so that they never compete with the control item for its throughput. One
 * shard carries 512 hosts at a beat every two seconds with room to spare; the key leaves room for more.
 */
const SHARD = 0;

const IS_SAME_AGENT = 'bootId = :boot AND nonce = :nonce';

/** Member records and heartbeats in DynamoDB. A record belongs to one boot and one agent of its host. */
export function dynamoMembers(client: DynamoDBClient, table: string): MemberStore {
  async function put(member: Member, condition: string): Promise<boolean> {
    try {
      const ExpressionAttributeValues = { ':boot': { S: member.bootId }, ':nonce': { S: member.nonce } };
      const input = { TableName: table, Item: memberItem(member), ConditionExpression: condition };
      await client.send(new PutItemCommand({ ...input, ExpressionAttributeValues }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async function query(pk: string, prefix: string, ConsistentRead: boolean): Promise<readonly Item[]> {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
      ConsistentRead,
    };
    const items: Item[] = [];
    for await (const page of paginateQuery({ client }, input)) items.push(...(page.Items ?? []));
    return items;
  }

  return {
    join: (member) => put(member, `attribute_not_exists(pk) OR (${IS_SAME_AGENT})`),
    update: (member) => put(member, IS_SAME_AGENT),
    async list(runId, attempt) {
      const items = await query(KEYS.gang(runId), KEYS.memberPrefix(attempt), true);
      return items.map((item) => JSON.parse(item.record?.S ?? '') as Member);
    },
    async beat(runId, attempt, instanceId) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: KEYS.heartbeats(runId, SHARD) }, sk: { S: KEYS.heartbeat(attempt, instanceId) } },
          UpdateExpression: 'SET instanceId = :id, #ttl = :ttl ADD beats :one',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: { ':id': { S: instanceId }, ':ttl': ttl(), ':one': { N: '1' } },
        }),
      );
    },
    async beats(runId, attempt) {
      // A counter that is read a moment late only looks still a moment longer.
      const items = await query(KEYS.heartbeats(runId, SHARD), KEYS.heartbeat(attempt, ''), false);
      return new Map(items.map((item) => [item.instanceId?.S ?? '', Number(item.beats?.N)]));
    },
  };
}

const memberItem = (member: Member): Item => ({
  pk: { S: KEYS.gang(member.runId) },
  sk: { S: KEYS.member(member.attempt, member.instanceId) },
  bootId: { S: member.bootId },
  nonce: { S: member.nonce },
  record: { S: JSON.stringify(member) },
  ttl: ttl(),
});
