import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The table of a deployment, as far as reading and writing items goes: its keys. */
export const gangTable = (name: string) =>
  ({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  }) satisfies CreateTableCommandInput;
