import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { invariant } from '#core/errors.ts';
import type { Crew } from '#core/inference/crew.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { type Item, ttl } from './control-item.ts';

/** Crews in the gang table: the record, which stays, and its line in the list of those that are not over. */
export function dynamoCrews(client: DynamoDBClient, table: string): CrewStore {
  const recordKey = (runId: string): Item => ({ pk: { S: KEYS.crew(runId) }, sk: { S: KEYS.crewRecord } });
  const lineKey = (runId: string): Item => ({ pk: { S: KEYS.crews }, sk: { S: runId } });

  async function read(runId: string, signal?: AbortSignal): Promise<Crew | undefined> {
    const input = { TableName: table, Key: recordKey(runId), ConsistentRead: true };
    const { Item } = await client.send(new GetItemCommand(input), abortable(signal));
    return Item && toCrew(Item);
  }

  /** The record as it is after the update, or as it is that refused it. */
  async function update(runId: string, change: Change): Promise<Crew | undefined> {
    const input = { TableName: table, Key: recordKey(runId), ...change, ReturnValues: 'ALL_NEW' as const };
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({ ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      );
      return Attributes && toCrew(Attributes);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item && toCrew(error.Item);
    }
  }

  return {
    read,
    async open(crew) {
      const { runId, attempt } = crew;
      // The line comes first: whoever dies between the two leaves one too many, which the sweep removes, and none too few.
      await client.send(new PutItemCommand({ TableName: table, Item: { ...lineKey(runId), ttl: ttl() } }));
      const put = new PutItemCommand({
        TableName: table,
        Item: { ...recordKey(runId), ...toItem(crew) },
        ConditionExpression: IS_NEXT,
        ExpressionAttributeValues: {
          ...{ ':before': { N: String(attempt - 1) }, ':none': { N: '-1' }, ':ended': { S: 'ENDED' } },
        },
      });
      try {
        await client.send(put);
        return crew;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const there = await read(runId);
        invariant(there, `a crew of ${runId} was refused, and there is none`);
        return there;
      }
    },
    async move(runId, attempt, phase) {
      const crew = await update(runId, {
        UpdateExpression: 'SET phase = :phase',
        ConditionExpression: 'attempt = :attempt AND phase <> :ended',
        ExpressionAttributeValues: {
          ':phase': { S: phase },
          ':attempt': { N: String(attempt) },
          ':ended': { S: 'ENDED' },
        },
      });
      if (crew?.attempt !== attempt) return undefined;
      // Also by whoever comes second: the first may have ended between the two.
      if (crew.phase === 'ENDED') await client.send(new DeleteItemCommand({ TableName: table, Key: lineKey(runId) }));
      return crew;
    },
    async fail(runId, attempt, failure) {
      await update(runId, {
        UpdateExpression: 'SET failure = :failure',
        ConditionExpression: 'attempt = :attempt AND phase = :open AND attribute_not_exists(failure)',
        ExpressionAttributeValues: {
          ':failure': { S: JSON.stringify(failure) },
          ':attempt': { N: String(attempt) },
          ':open': { S: 'OPEN' },
        },
      });
    },
    async list() {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: KEYS.crews } },
      };
      const runs: string[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, query)) {
        runs.push(...Items.map((item) => item.sk?.S ?? ''));
      }
      return runs;
    },
  };
}

/** The first attempt where there is none, every other where the one before is over. */
const IS_NEXT = '(attribute_not_exists(pk) AND :before = :none) OR (attempt = :before AND phase = :ended)';

type Change = Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>;

/** What conditions look at are attributes, the rest is JSON. */
function toItem({ attempt, phase, failure, ...rest }: Crew): Item {
  return {
    ...{ attempt: { N: String(attempt) }, phase: { S: phase }, crew: { S: JSON.stringify(rest) }, ttl: ttl() },
    ...(failure !== undefined && { failure: { S: JSON.stringify(failure) } }),
  };
}

function toCrew({ attempt, phase, crew, failure }: Item): Crew {
  return {
    ...JSON.parse(crew?.S ?? ''),
    ...{ attempt: Number(attempt?.N), phase: phase?.S },
    ...(failure !== undefined && { failure: JSON.parse(failure.S ?? '') }),
  };
}
