import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { AttemptEnd } from '#core/gang/attempt-end.ts';
import type { Journal } from '#core/gang/ports.ts';
import { KEYS } from '#core/names.ts';
import { type Item, ttl } from './control-item.ts';

/** The journal of a gang in DynamoDB: one item an attempt, written by dynamoControl together with the end of the attempt. */
export function dynamoJournal(client: DynamoDBClient, table: string): Journal {
  return {
    async endings(runId) {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :journal)',
        ExpressionAttributeValues: { ':pk': { S: KEYS.gang(runId) }, ':journal': { S: KEYS.journalPrefix } },
      };
      const ends: AttemptEnd[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        ends.push(...Items.map((item) => JSON.parse(item.end?.S ?? '') as AttemptEnd));
      }
      // Keys are in the order of their letters, in which 10 comes before 2.
      return ends.toSorted((a, b) => a.attempt - b.attempt);
    },
  };
}

export const journalItem = (runId: string, end: AttemptEnd): Item => ({
  pk: { S: KEYS.gang(runId) },
  sk: { S: KEYS.journal(end.attempt) },
  end: { S: JSON.stringify(end) },
  ttl: ttl(),
});
