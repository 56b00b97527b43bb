import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { KEYS } from '#core/names.ts';
import type { RunRecord, Runs } from '#core/runs/ports.ts';

/** Seconds that the record of a run is kept. */
const KEEP_S = 90 * 24 * 3600;
/** Digits of a time: they sort as numbers do until the year 5138. */
const TIME_DIGITS = 14;

type Item = Record<string, AttributeValue>;

/**
 * The list of runs, twice in the gang table: one partition by run id, which says who recorded a run first, and one by the
 * time of that record. Ids begin with the name of a job, so they do not sort by time.
 */
export function dynamoRuns(client: DynamoDBClient, table: string): Runs {
  const put = (run: RunRecord, at: { readonly pk: string; readonly sk: string }) => ({
    TableName: table,
    Item: {
      ...{ pk: { S: at.pk }, sk: { S: at.sk }, run: { S: JSON.stringify(run) } },
      ttl: { N: String(Math.floor(run.startedAt / 1000) + KEEP_S) },
    },
  });

  /** The record that stands: this one, or the one that was first. */
  async function recordFirst(run: RunRecord): Promise<RunRecord> {
    const isNew = { ConditionExpression: 'attribute_not_exists(pk)' } as const;
    const input = { ...put(run, { pk: KEYS.runs, sk: run.runId }), ...isNew };
    try {
      await client.send(new PutItemCommand({ ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
      return run;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return recordIn(error.Item) ?? run;
    }
  }

  return {
    async record(run) {
      const { startedAt, ...first } = await recordFirst(run);
      const sk = `${String(startedAt).padStart(TIME_DIGITS, '0')}#${run.runId}`;
      // Again by whoever comes second: the first may have ended between the two.
      await client.send(new PutItemCommand(put({ ...first, startedAt }, { pk: KEYS.runsByTime, sk })));
    },
    async find(runId) {
      const Key = { pk: { S: KEYS.runs }, sk: { S: runId } };
      return recordIn((await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item);
    },
    async list(limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :runs',
          ExpressionAttributeValues: { ':runs': { S: KEYS.runsByTime } },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.flatMap((item) => recordIn(item) ?? []);
    },
  };
}

const recordIn = (item: Item | undefined): RunRecord | undefined =>
  item?.run?.S === undefined ? undefined : (JSON.parse(item.run.S) as RunRecord);
