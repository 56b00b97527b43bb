import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  InvalidToken,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Callback } from '#core/gang/ports.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { ttl } from './control-item.ts';

export interface SfnCallbackOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
  readonly table: string;
}

/** The task token of the Run state: kept in the gang table, answered through Step Functions. */
export function sfnCallback({ dynamodb, sfn, table }: SfnCallbackOptions): Callback {
  const key = (runId: string) => ({ pk: { S: KEYS.gang(runId) }, sk: { S: KEYS.token } });

  async function read(runId: string, signal?: AbortSignal): Promise<Stored | undefined> {
    const input = { TableName: table, Key: key(runId), ConsistentRead: true };
    const { Item } = await dynamodb.send(new GetItemCommand(input), abortable(signal));
    const taskToken = Item?.token?.S;
    return taskToken === undefined ? undefined : { taskToken, attempt: Number(Item?.attempt?.N) };
  }

  return {
    async store(runId, { attempt, enteredMs, retry }, taskToken) {
      const put = new PutItemCommand({
        TableName: table,
        Item: {
          ...{ ...key(runId), token: { S: taskToken }, ttl: ttl() },
          ...{ attempt: { N: String(attempt) }, entered: { N: String(enteredMs) }, retry: { N: String(retry) } },
        },
        ConditionExpression: IS_LATER,
        ExpressionAttributeValues: {
          ...{
            ':attempt': { N: String(attempt) },
            ':entered': { N: String(enteredMs) },
            ':retry': { N: String(retry) },
          },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await dynamodb.send(put);
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // The same again, after a reply that was lost, has been done.
        return error.Item?.token?.S === taskToken;
      }
    },
    async heartbeat(runId, signal) {
      const stored = await read(runId, signal);
      if (stored === undefined) return false;
      const { taskToken } = stored;
      return await unlessOver(sfn.send(new SendTaskHeartbeatCommand({ taskToken }), abortable(signal)));
    },
    async succeed(runId, outcome, signal) {
      const stored = await read(runId, signal);
      if (stored === undefined || stored.attempt > outcome.attempt) return false;
      const answer = { taskToken: stored.taskToken, output: JSON.stringify(outcome) };
      return await unlessOver(sfn.send(new SendTaskSuccessCommand(answer), abortable(signal)));
    },
  };
}

/** As `isLater` of core/gang/run-visit.ts has it. */
const IS_LATER = [
  'attribute_not_exists(pk) OR attempt < :attempt',
  '(attempt = :attempt AND entered < :entered)',
  '(attempt = :attempt AND entered = :entered AND retry < :retry)',
].join(' OR ');

interface Stored {
  readonly taskToken: string;
  readonly attempt: number;
}

/** False where the task was answered by another, has timed out, or is of an execution that has ended. */
async function unlessOver(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
      return false;
    throw error;
  }
}
