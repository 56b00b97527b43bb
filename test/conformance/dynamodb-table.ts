import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { dynamodbUnderTest, unique } from './endpoints.ts';

type Item = Readonly<Record<string, unknown>>;

/** A table of the shape that Lockstep uses, in the cloud under test. */
export interface TestTable {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Strongly consistent. */
  read(pk: string, sk: string): Promise<Item | undefined>;
  remove(): Promise<void>;
}

export const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });

/** Creates the table with an index over `g` and `sk`. */
export async function createTable(): Promise<TestTable> {
  const { client, stop } = await dynamodbUnderTest();
  const name = unique('contract');
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-g',
          KeySchema: [
            { AttributeName: 'g', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: name });
  return {
    client,
    name,
    async read(pk, sk) {
      const input = { TableName: name, Key: key(pk, sk), ConsistentRead: true };
      return (await client.send(new GetItemCommand(input))).Item;
    },
    async remove() {
      await client.send(new DeleteTableCommand({ TableName: name }));
      await stop();
    },
  };
}
