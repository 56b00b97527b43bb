import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { createTable } from '../conformance/dynamodb-table.ts';
import { CLOUD } from '../conformance/endpoints.ts';
import { leasesContract } from './leases-contract.ts';

leasesContract('memory', async () => ({
  leases: memoryLeases(),
  cooldowns: memoryCooldowns(),
  stop: async () => {},
}));

leasesContract(`DynamoDB (${CLOUD})`, async () => {
  const table = await createTable();
  return {
    leases: dynamoLeases(table.client, table.name),
    cooldowns: dynamoCooldowns(table.client, table.name),
    stop: () => table.remove(),
  };
});
