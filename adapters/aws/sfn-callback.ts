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
    async store(runId, attempt, taskToken) {
      const put = new PutItemCommand({
        ...{ TableName: table, Item: { ...key(runId), token: { S: taskToken }, attempt: { N: String(attempt) } } },
        ConditionExpression: 'attribute_not_exists(pk) OR attempt <= :attempt',
        ExpressionAttributeValues: { ':attempt': { N: String(attempt) } },
      });
      await dynamodb.send(put).catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
    },
    async heartbeat(runId, signal) {
      const stored = await read(runId, signal);
      if (stored === undefined) return false;
      const { taskToken } = stored;
      return await unlessOver(sfn.send(new SendTaskHeartbeatCommand({ taskToken }), abortable(signal)));
    },
    async succeed(runId, outcome, signal) {
      const stored = await read(runId, signal);
      if (stored?.attempt !== outcome.attempt) return false;
      const answer = { taskToken: stored.taskToken, output: JSON.stringify(outcome) };
      return await unlessOver(sfn.send(new SendTaskSuccessCommand(answer), abortable(signal)));
    },
  };
}

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
