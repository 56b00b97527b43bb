import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
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

export interface SfnCallbackOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
  readonly table: string;
}

/** The task token of the Run state: kept in the gang table, answered through Step Functions. */
export function sfnCallback({ dynamodb, sfn, table }: SfnCallbackOptions): Callback {
  const key = (runId: string) => ({ pk: { S: KEYS.gang(runId) }, sk: { S: KEYS.token } });

  async function token(runId: string): Promise<string | undefined> {
    const input = { TableName: table, Key: key(runId), ConsistentRead: true };
    const { Item } = await dynamodb.send(new GetItemCommand(input));
    return Item?.token?.S;
  }

  async function send(runId: string, call: (taskToken: string) => Promise<unknown>): Promise<boolean> {
    const taskToken = await token(runId);
    if (taskToken === undefined) return false;
    try {
      await call(taskToken);
      return true;
    } catch (error) {
      if (isOver(error)) return false;
      throw error;
    }
  }

  return {
    async store(runId, taskToken) {
      const Item = { ...key(runId), token: { S: taskToken } };
      await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
    },
    heartbeat: (runId) => send(runId, (taskToken) => sfn.send(new SendTaskHeartbeatCommand({ taskToken }))),
    succeed: (runId, output) =>
      send(runId, (taskToken) => sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }))),
  };
}

/** Answered by another, timed out, or of an execution that has ended. */
const isOver = (error: unknown): boolean =>
  error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
