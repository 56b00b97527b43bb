import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { RANKS_OF_SHARD } from '#core/gang/barrier/gather-time.ts';
import type { BarrierAt, BarrierStore } from '#core/gang/ports.ts';
import type { Arrival, Arrivals } from '#core/gang/records.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { type Item, ttl } from './control-item.ts';

/** Requests of one reader that are on their way together. */
const SHARDS_AT_ONCE = 16;

const shardOf = (rank: number): number => Math.floor(rank / RANKS_OF_SHARD);

/** Arrivals in DynamoDB: a number set that only grows, so that a write repeated after a lost reply changes nothing. */
export function dynamoBarrier(client: DynamoDBClient, table: string): BarrierStore {
  const itemKey = ({ runId, attempt, epoch }: BarrierAt): Item => ({
    pk: { S: KEYS.barriers(runId) },
    sk: { S: KEYS.barrier(attempt, epoch) },
  });

  async function arrivals(at: BarrierAt, signal?: AbortSignal): Promise<Arrivals | undefined> {
    const input = { TableName: table, Key: itemKey(at), ConsistentRead: true };
    const { Item } = await client.send(new GetItemCommand(input), abortable(signal));
    return Item === undefined ? undefined : toArrivals(Item);
  }

  async function putPayload(
    { runId, attempt, epoch }: BarrierAt,
    { rank, payload = '' }: Arrival,
    signal?: AbortSignal,
  ): Promise<void> {
    const sk = { S: KEYS.payload(attempt, epoch, rank) };
    const Item = {
      pk: { S: KEYS.payloads(runId, attempt, epoch, shardOf(rank)) },
      sk,
      rank: { N: String(rank) },
      payload: { S: payload },
      ttl: ttl(),
    };
    await client.send(new PutItemCommand({ TableName: table, Item }), abortable(signal));
  }

  async function payloadItems(
    { runId, attempt, epoch }: BarrierAt,
    shard: number,
    signal?: AbortSignal,
  ): Promise<readonly Item[]> {
    const input = {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: {
        ':pk': { S: KEYS.payloads(runId, attempt, epoch, shard) },
        ':prefix': { S: KEYS.payloadPrefix(attempt, epoch) },
      },
      ConsistentRead: true,
    };
    const items: Item[] = [];
    for await (const page of paginateQuery({ client }, input, abortable(signal))) items.push(...(page.Items ?? []));
    return items;
  }

  return {
    arrivals,
    async arrive(at, coming, signal) {
      // Payloads first: a rank in the set is a rank whose payload can be read.
      await Promise.all(
        coming.filter(({ payload }) => payload !== undefined).map((each) => putPayload(at, each, signal)),
      );
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({ TableName: table, Key: itemKey(at), ...addRanks(coming), ReturnValues: 'ALL_NEW' }),
          abortable(signal),
        );
        return toArrivals(Attributes ?? {});
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const there = await arrivals(at, signal);
        if (there === undefined) throw error;
        return there;
      }
    },
    async payloads(at, worldSize, signal) {
      const payloads = Array.from<string | undefined>({ length: worldSize });
      const shards = Array.from({ length: shardOf(worldSize - 1) + 1 }, (_, shard) => shard);
      for (let start = 0; start < shards.length; start += SHARDS_AT_ONCE) {
        const some = shards.slice(start, start + SHARDS_AT_ONCE);
        for (const item of (await Promise.all(some.map((shard) => payloadItems(at, shard, signal)))).flat()) {
          payloads[Number(item.rank?.N)] = item.payload?.S;
        }
      }
      return payloads;
    },
  };
}

function addRanks(coming: readonly Arrival[]) {
  const { kind = 'barrier', callSite = '' } = coming[0] ?? {};
  return {
    UpdateExpression: 'SET kind = :kind, callSite = if_not_exists(callSite, :site), #ttl = :ttl ADD arrived :ranks',
    ConditionExpression: 'attribute_not_exists(kind) OR kind = :kind',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':kind': { S: kind },
      ':site': { S: callSite },
      ':ttl': ttl(),
      ':ranks': { NS: coming.map(({ rank }) => String(rank)) },
    },
  };
}

function toArrivals(item: Item): Arrivals {
  return {
    kind: item.kind?.S === 'allGather' ? 'allGather' : 'barrier',
    callSite: item.callSite?.S ?? '',
    ranks: (item.arrived?.NS ?? []).map(Number).sort((a, b) => a - b),
  };
}
