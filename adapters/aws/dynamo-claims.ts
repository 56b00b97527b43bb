import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { PartitionClaim } from '#core/inference/claims.ts';
import type { ClaimStore, CrewAttempt } from '#core/inference/ports.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { type Item, ttl } from './control-item.ts';

/** Claims in the gang table: the place that comes next, and an item for each claim. Done work leaves nothing. */
export function dynamoClaims(client: DynamoDBClient, table: string): ClaimStore {
  const key = ({ runId, attempt }: CrewAttempt, sk: string): Item => ({
    pk: { S: KEYS.claims(runId, attempt) },
    sk: { S: sk },
  });
  const claimItem = (at: CrewAttempt, claim: PartitionClaim): Item => ({
    ...key(at, KEYS.claim(claim.place)),
    ...{ place: { N: String(claim.place) }, fence: { N: String(claim.fence) }, beats: { N: String(claim.beats) } },
    ...(claim.owner !== undefined && { owner: { S: claim.owner } }),
    ...{ tries: { N: String(claim.tries) }, ttl: ttl() },
  });

  return {
    async begin(at, total) {
      const Item = { ...key(at, KEYS.claimNext), next: { N: '0' }, total: { N: String(total) }, ttl: ttl() };
      const put = new PutItemCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      await client.send(put).catch(unlessRefused);
    },
    async board(at, signal) {
      // The place that comes next is read first: what it says was claimed then is either claimed still or done. In one query
      // the claims might be from before it, and work that was just begun would look like the end of all work.
      const get = new GetItemCommand({ TableName: table, Key: key(at, KEYS.claimNext), ConsistentRead: true });
      const { Item: head } = await client.send(get, abortable(signal));
      if (head === undefined) return undefined;
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :claim)',
        ExpressionAttributeValues: {
          ':pk': { S: KEYS.claims(at.runId, at.attempt) },
          ':claim': { S: KEYS.claimPrefix },
        },
      };
      const claims: PartitionClaim[] = [];
      for await (const page of paginateQuery({ client }, query, abortable(signal))) {
        claims.push(...(page.Items ?? []).map(toClaim));
      }
      return { next: Number(head.next?.N), total: Number(head.total?.N), claims };
    },
    async take(at, claim) {
      const next = {
        ...{ TableName: table, Key: key(at, KEYS.claimNext) },
        UpdateExpression: 'SET #next = :after',
        ConditionExpression: '#next = :place AND #total > :place',
        ExpressionAttributeNames: { '#next': 'next', '#total': 'total' },
        ExpressionAttributeValues: { ':place': { N: String(claim.place) }, ':after': { N: String(claim.place + 1) } },
      };
      const TransactItems = [{ Update: next }, { Put: { TableName: table, Item: claimItem(at, claim) } }];
      try {
        await client.send(new TransactWriteItemsCommand({ TransactItems }));
        return true;
      } catch (error) {
        // Lost to another, or in the middle of another's: whoever asks looks at the board again either way.
        if (error instanceof TransactionCanceledException) return false;
        throw error;
      }
    },
    async replace(at, claim, after) {
      const put = new PutItemCommand({
        TableName: table,
        Item: claimItem(at, after),
        ConditionExpression: 'fence = :fence AND beats = :beats',
        ExpressionAttributeValues: { ':fence': { N: String(claim.fence) }, ':beats': { N: String(claim.beats) } },
      });
      try {
        await client.send(put);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async remove(at, { place, fence }) {
      const gone = new DeleteItemCommand({
        TableName: table,
        Key: key(at, KEYS.claim(place)),
        ConditionExpression: 'fence = :fence',
        ExpressionAttributeValues: { ':fence': { N: String(fence) } },
      });
      await client.send(gone).catch(unlessRefused);
    },
  };
}

function toClaim({ place, fence, beats, owner, tries }: Item): PartitionClaim {
  return {
    ...{ place: Number(place?.N), fence: Number(fence?.N), beats: Number(beats?.N), tries: Number(tries?.N) },
    ...(owner?.S !== undefined && { owner: owner.S }),
  };
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}
