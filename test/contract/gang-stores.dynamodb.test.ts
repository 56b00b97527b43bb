import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { type DynamoDbService, startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { barrierStoreSuite } from './barrier-store.ts';
import { controlStoreSuite } from './control-store.ts';
import { gangQueueSuite } from './gang-queue.ts';
import { memberStoreSuite } from './member-store.ts';

const TABLE = 'gangs';
let service: DynamoDbService;
let client: DynamoDBClient;

beforeAll(async () => {
  service = await startDynamoDb();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint: service.url, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
});

afterAll(async () => {
  client.destroy();
  await service.stop();
});

describe('the control store in DynamoDB', () => controlStoreSuite(() => dynamoControl(client, TABLE)));
describe('the member store in DynamoDB', () => memberStoreSuite(() => dynamoMembers(client, TABLE)));
describe('the barrier store in DynamoDB', () => barrierStoreSuite(() => dynamoBarrier(client, TABLE)));
describe('the gang queue in DynamoDB', () => gangQueueSuite(() => dynamoQueue(client, TABLE)));
