import {
  BatchWriteItemCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, key, type TestTable } from './dynamodb-table.ts';
import { CLOUD } from './endpoints.ts';

const TTL_WAIT_MS = 10_000;

describe(`reads of DynamoDB (${CLOUD})`, () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTable();
    const requests = ['ATT#0#M#', 'ATT#1#M#'].flatMap((prefix) =>
      Array.from({ length: 12 }, (_, index) => ({
        PutRequest: { Item: { ...key('gang', `${prefix}i-${String(index).padStart(2, '0')}`), g: { S: prefix } } },
      })),
    );
    await table.client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: requests } }));
  });
  afterAll(() => table.remove());

  it('finds the items of a prefix, in order, over as many pages as it takes', async () => {
    const input = {
      TableName: table.name,
      KeyConditionExpression: 'pk = :p AND begins_with(sk, :s)',
      ExpressionAttributeValues: { ':p': { S: 'gang' }, ':s': { S: 'ATT#1#M#' } },
      ConsistentRead: true,
      Limit: 5,
    };
    const found: (string | undefined)[] = [];
    let pages = 0;
    for await (const { Items = [] } of paginateQuery({ client: table.client }, input)) {
      pages++;
      found.push(...Items.map(({ sk }) => sk?.S));
    }
    expect(found).toEqual(Array.from({ length: 12 }, (_, index) => `ATT#1#M#i-${String(index).padStart(2, '0')}`));
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  it('reads an index, backwards and within bounds', async () => {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        IndexName: 'by-g',
        KeyConditionExpression: 'g = :g AND sk BETWEEN :a AND :b',
        ExpressionAttributeValues: {
          ':g': { S: 'ATT#0#M#' },
          ':a': { S: 'ATT#0#M#i-03' },
          ':b': { S: 'ATT#0#M#i-05' },
        },
        ScanIndexForward: false,
      }),
    );
    expect(Items.map(({ sk }) => sk?.S)).toEqual(['ATT#0#M#i-05', 'ATT#0#M#i-04', 'ATT#0#M#i-03']);
  });

  it('takes an item out of the index when the update that moves it is refused or done', async () => {
    const move = (to: string, condition: string) =>
      table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: key('moving', 'x'),
          UpdateExpression: 'SET g = :g',
          ConditionExpression: condition,
          ExpressionAttributeValues: { ':g': { S: to } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    const indexed = async (g: string) => {
      const input = { KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': { S: g } } };
      return (await table.client.send(new QueryCommand({ TableName: table.name, IndexName: 'by-g', ...input }))).Count;
    };
    await move('here', 'attribute_not_exists(pk)');
    await expect(move('there', 'attribute_not_exists(pk)')).rejects.toMatchObject({ Item: { g: { S: 'here' } } });
    expect([await indexed('here'), await indexed('there')]).toEqual([1, 0]);
    await move('there', 'attribute_exists(pk)');
    expect([await indexed('here'), await indexed('there')]).toEqual([0, 1]);
  });

  it('sees its own write at once when it reads consistently', async () => {
    for (let value = 0; value < 20; value++) {
      await table.client.send(
        new PutItemCommand({ TableName: table.name, Item: { ...key('own', 'x'), v: { N: `${value}` } } }),
      );
      expect(await table.read('own', 'x')).toMatchObject({ v: { N: `${value}` } });
    }
  });

  // A real table may take two days.
  it.skipIf(CLOUD !== 'embedded')('removes what has expired and nothing else', async () => {
    const specification = { AttributeName: 'expires', Enabled: true };
    await table.client.send(
      new UpdateTimeToLiveCommand({ TableName: table.name, TimeToLiveSpecification: specification }),
    );
    const described = await table.client.send(new DescribeTimeToLiveCommand({ TableName: table.name }));
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    const nowS = Math.floor(Date.now() / 1000);
    const times = { past: `${nowS - 60}`, future: `${nowS + 3600}`, ancient: '12345' };
    for (const [sk, N] of Object.entries(times)) {
      await table.client.send(
        new PutItemCommand({ TableName: table.name, Item: { ...key('ttl', sk), expires: { N } } }),
      );
    }
    const until = performance.now() + TTL_WAIT_MS;
    while ((await table.read('ttl', 'past')) !== undefined && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await table.read('ttl', 'past')).toBeUndefined();
    expect(await table.read('ttl', 'future')).toBeDefined();
    expect(await table.read('ttl', 'ancient')).toBeDefined();
  });
});
