import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KEYS } from '#core/names.ts';
import type { ProgressStore } from '#core/training/ports.ts';
import type { Progress } from '#core/training/progress.ts';

/** Progress records in the gang table. Read without consistency: a bar may lag. */
export function dynamoProgress(client: DynamoDBClient, table: string): ProgressStore {
  const key = (runId: string) => ({ pk: { S: KEYS.gang(runId) }, sk: { S: KEYS.progress } });
  return {
    async put(runId, progress) {
      const Item = { ...key(runId), progress: { S: JSON.stringify(progress) } };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async get(runId) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key(runId) }));
      const text = Item?.progress?.S;
      return text === undefined ? undefined : (JSON.parse(text) as Progress);
    },
  };
}
