import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { leasesContract } from './leases-contract.ts';

leasesContract('memory', async () => ({
  leases: memoryLeases(),
  cooldowns: memoryCooldowns(),
  stop: async () => {},
}));

leasesContract('DynamoDB', async () => {
  const service = await startDynamoDb();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: service.url, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: 'gangs',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  return {
    leases: dynamoLeases(client, 'gangs'),
    cooldowns: dynamoCooldowns(client, 'gangs'),
    stop: async () => {
      client.destroy();
      await service.stop();
    },
  };
});
