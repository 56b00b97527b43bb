import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { LockstepError } from '#core/errors.ts';
import type { LeaseEnd, LeaseStore } from '#core/fleet/ports.ts';
import type { Lease } from '#core/fleet/records.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { ttl } from './control-item.ts';
import { extendOne, grantOne, hostKey, leaseKey, toLease } from './lease-item.ts';

/** Leases of one transaction: it takes 100 items, and each lease that is granted has two. */
const BATCH = 50;
const BATCH_OF_ONE_ITEM = 100;

/** Leases and launch intents in the gang table. A gang of up to 50 hosts is granted in one request, all or nothing. */
export function dynamoLeases(client: DynamoDBClient, table: string): LeaseStore {
  return {
    async intend(runId, attempt, round, token) {
      const Item = {
        pk: { S: KEYS.leases(runId) },
        sk: { S: KEYS.intent(attempt, round) },
        token: { S: token },
        ttl: ttl(),
      };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async grant(leases) {
      for (let start = 0; start < leases.length; start += BATCH) {
        const TransactItems = leases.slice(start, start + BATCH).flatMap((lease) => grantOne(table, lease));
        await client.send(new TransactWriteItemsCommand({ TransactItems })).catch(rethrowStale);
      }
    },
    async extend(runId, instanceIds, attempt, signal) {
      for (let start = 0; start < instanceIds.length; start += BATCH_OF_ONE_ITEM) {
        const some = instanceIds.slice(start, start + BATCH_OF_ONE_ITEM);
        const TransactItems = some.map((instanceId) => extendOne(table, leaseKey(runId, instanceId), attempt));
        try {
          await client.send(new TransactWriteItemsCommand({ TransactItems }), abortable(signal));
        } catch (error) {
          if (isRefused(error)) return false;
          throw error;
        }
      }
      return true;
    },
    async release(runId, instanceIds, end) {
      const isOver = await Promise.all(instanceIds.map((instanceId) => releaseOne(runId, instanceId, end)));
      return instanceIds.filter((_, index) => isOver[index]);
    },
    async leases(runId) {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :lease)',
        ExpressionAttributeValues: { ':pk': { S: KEYS.leases(runId) }, ':lease': { S: KEYS.lease('') } },
      };
      const leases: Lease[] = [];
      for await (const page of paginateQuery({ client }, query)) leases.push(...(page.Items ?? []).map(toLease));
      return leases;
    },
    async leaseOf(runId, instanceId, signal) {
      const Key = leaseKey(runId, instanceId);
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key, ConsistentRead: true }),
        abortable(signal),
      );
      const lease = Item === undefined ? undefined : toLease(Item);
      return lease?.releasedAt === undefined ? lease : undefined;
    },
    async runOf(instanceId) {
      const get = new GetItemCommand({ TableName: table, Key: hostKey(instanceId), ConsistentRead: true });
      const { Item } = await client.send(get);
      return Item?.runId?.S;
    },
  };

  /** The first release counts. True if the host has no lease after it. */
  async function releaseOne(runId: string, instanceId: string, { atMs, attempt }: LeaseEnd): Promise<boolean> {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: leaseKey(runId, instanceId),
      UpdateExpression: 'SET releasedAt = :at',
      ConditionExpression: `attribute_exists(pk) AND attribute_not_exists(releasedAt)${attempt === undefined ? '' : ' AND attempt <= :attempt'}`,
      ExpressionAttributeValues: {
        ':at': { N: String(atMs) },
        ...(attempt !== undefined && { ':attempt': { N: String(attempt) } }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await client.send(update);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item === undefined || error.Item.releasedAt !== undefined;
    }
  }
}

/**
 * A lease of a later attempt, or a released one, is not overwritten by somebody who is late. Any other cancellation is
 * a collision with another write, and may be tried again.
 */
function rethrowStale(error: unknown): never {
  if (!(error instanceof TransactionCanceledException)) throw error;
  if (isRefused(error)) throw staleGrant();
  throw new LockstepError('LS_UNAVAILABLE', `DynamoDB: ${error.message}`, { cause: error });
}

/** True if a condition of a transaction does not hold, and not merely another write was in its way. */
const isRefused = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some(({ Code }) => Code === 'ConditionalCheckFailed');

const staleGrant = (): LockstepError =>
  new LockstepError('LS_STALE_ATTEMPT', 'a host was released, or leased to a later attempt, meanwhile');
