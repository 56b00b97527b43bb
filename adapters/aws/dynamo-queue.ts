import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { GangQueue } from '#core/gang/ports.ts';
import type { PoolLock, QueueEntry } from '#core/gang/queue/entry.ts';
import { KEYS } from '#core/names.ts';
import { type Item, ttl } from './control-item.ts';

/** The gang queue and the pool locks in DynamoDB. */
export function dynamoQueue(client: DynamoDBClient, table: string): GangQueue {
  const entryKey = (runId: string): Item => ({ pk: { S: KEYS.queue }, sk: { S: runId } });
  const lockKey = (pool: string): Item => ({ pk: { S: KEYS.pool(pool) }, sk: { S: KEYS.poolLock } });

  return {
    async put(entry) {
      const put = new PutItemCommand({
        TableName: table,
        Item: { ...entryKey(entry.runId), ...toItem(entry), ttl: ttl() },
        ConditionExpression: 'attribute_not_exists(pk) OR admitted = :no',
        ExpressionAttributeValues: { ':no': { BOOL: false } },
      });
      await client.send(put).catch(unlessRefused);
    },
    async note(runId, change) {
      const noted = Object.entries(notes(change));
      const update = new UpdateItemCommand({
        TableName: table,
        Key: entryKey(runId),
        UpdateExpression: `SET ${noted.map(([name]) => `${name} = :${name}`).join(', ')}`,
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: Object.fromEntries(noted.map(([name, value]) => [`:${name}`, value])),
      });
      await client.send(update).catch(unlessRefused);
    },
    async remove(runId) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: entryKey(runId) }));
    },
    async list() {
      const input = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: KEYS.queue } },
        ConsistentRead: true,
      };
      const entries: QueueEntry[] = [];
      for await (const page of paginateQuery({ client }, input)) {
        entries.push(...(page.Items ?? []).map(toEntry));
      }
      return entries;
    },
    async lock(pool, want) {
      for (;;) {
        const input = { TableName: table, Key: lockKey(pool), ConsistentRead: true };
        const { Item } = await client.send(new GetItemCommand(input));
        const before = Item === undefined ? undefined : toLock(Item);
        if (before !== undefined && before.runId !== want.runId && before.untilS > want.nowS) return before;
        const after = taken(before, want);
        // Lost to another that saw the same free lock: look again at who has it now.
        if (await replaceLock(pool, before, after)) return after;
      }
    },
    async unlock(pool, runId) {
      const update = new UpdateItemCommand({
        TableName: table,
        Key: lockKey(pool),
        UpdateExpression: 'SET untilS = :zero',
        ConditionExpression: 'runId = :run',
        ExpressionAttributeValues: { ':zero': { N: '0' }, ':run': { S: runId } },
      });
      await client.send(update).catch(unlessRefused);
    },
  };

  async function replaceLock(pool: string, before: PoolLock | undefined, after: PoolLock): Promise<boolean> {
    const condition =
      before === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'fence = :fence AND untilS = :until',
            ExpressionAttributeValues: {
              ':fence': { N: String(before.fence) },
              ':until': { N: String(before.untilS) },
            },
          };
    const Item = {
      ...lockKey(pool),
      runId: { S: after.runId },
      untilS: { N: String(after.untilS) },
      fence: { N: String(after.fence) },
    };
    try {
      await client.send(new PutItemCommand({ TableName: table, Item, ...condition }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

/** What others note in an entry has attributes of its own, so that nobody writes over what somebody else noted. */
function notes({ admitted, watch }: Partial<QueueEntry>): Item {
  return {
    ...(admitted !== undefined && { admitted: { BOOL: admitted } }),
    ...(watch !== undefined && { watch: { S: JSON.stringify(watch) } }),
  };
}

function toItem({ admitted, watch, ...entry }: QueueEntry): Item {
  return { entry: { S: JSON.stringify(entry) }, ...notes({ admitted, ...(watch !== undefined && { watch }) }) };
}

function toEntry({ entry, admitted, watch }: Item): QueueEntry {
  return {
    ...JSON.parse(entry?.S ?? ''),
    ...(admitted !== undefined && { admitted: admitted.BOOL }),
    ...(watch !== undefined && { watch: JSON.parse(watch.S ?? '') }),
  };
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}

function taken(before: PoolLock | undefined, want: { runId: string; nowS: number; ttlS: number }): PoolLock {
  const fence = (before?.fence ?? 0) + (before?.runId === want.runId ? 0 : 1);
  return { runId: want.runId, untilS: want.nowS + want.ttlS, fence };
}

const toLock = (item: Item): PoolLock => ({
  runId: item.runId?.S ?? '',
  untilS: Number(item.untilS?.N),
  fence: Number(item.fence?.N),
});
