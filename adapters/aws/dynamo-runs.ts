import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { KEYS } from '#core/names.ts';
import type { RunRecord, Runs } from '#core/runs/ports.ts';

/** Seconds that the record of a run is kept. */
const KEEP_S = 90 * 24 * 3600;

/**
 * The list of runs: one partition of the gang table, sorted by run id. Run ids that `Ids` makes sort by time, so the
 * last in the partition are the newest.
 */
export function dynamoRuns(client: DynamoDBClient, table: string): Runs {
  return {
    async record(run) {
      const ttl = Math.floor(run.startedAt / 1000) + KEEP_S;
      const Item = {
        ...{ pk: { S: KEYS.runs }, sk: { S: run.runId } },
        run: { S: JSON.stringify(run) },
        ttl: { N: String(ttl) },
      };
      try {
        const isNew = 'attribute_not_exists(pk)';
        await client.send(new PutItemCommand({ TableName: table, Item, ConditionExpression: isNew }));
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async list(limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :runs',
          ExpressionAttributeValues: { ':runs': { S: KEYS.runs } },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.flatMap(({ run }) => (run?.S === undefined ? [] : [JSON.parse(run.S) as RunRecord]));
    },
  };
}
