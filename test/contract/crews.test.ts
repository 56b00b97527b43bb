import { dynamoClaims } from '#adapters/aws/dynamo-claims.ts';
import { dynamoCrews } from '#adapters/aws/dynamo-crews.ts';
import { memoryClaims } from '#adapters/memory/memory-claims.ts';
import { memoryCrews } from '#adapters/memory/memory-crews.ts';
import { createTable } from '../conformance/dynamodb-table.ts';
import { CLOUD } from '../conformance/endpoints.ts';
import { crewsContract } from './crews-contract.ts';

crewsContract('memory', async () => ({ crews: memoryCrews(), claims: memoryClaims(), stop: async () => {} }));

crewsContract(`DynamoDB (${CLOUD})`, async () => {
  const table = await createTable();
  return {
    crews: dynamoCrews(table.client, table.name),
    claims: dynamoClaims(table.client, table.name),
    stop: () => table.remove(),
  };
});
