import { randomUUID } from 'node:crypto';
import {
  PutItemCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, key, type TestTable } from './dynamodb-table.ts';
import { CLOUD } from './endpoints.ts';
import { race } from './race.ts';

describe(`transactions in DynamoDB (${CLOUD})`, () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTable();
  });
  afterAll(() => table.remove());

  const transact = (TransactItems: TransactWriteItem[], token = randomUUID()) =>
    table.client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: token }));
  const put = (pk: string, more: object = {}): TransactWriteItem => ({
    Put: { TableName: table.name, Item: key(pk, 'x'), ...more },
  });
  const add = (pk: string): TransactWriteItem => ({
    Update: {
      TableName: table.name,
      Key: key(pk, 'x'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  });
  const absent = { ConditionExpression: 'attribute_not_exists(pk)' };

  it('puts, updates, checks and deletes in one step', async () => {
    await table.client.send(new PutItemCommand({ TableName: table.name, Item: key('old', 'x') }));
    const check = { TableName: table.name, Key: key('old2', 'x'), ConditionExpression: 'attribute_not_exists(pk)' };
    await transact([
      put('new'),
      add('counter'),
      { ConditionCheck: check },
      { Delete: { TableName: table.name, Key: key('old', 'x') } },
    ]);
    expect(await table.read('new', 'x')).toBeDefined();
    expect(await table.read('counter', 'x')).toMatchObject({ n: { N: '1' } });
    expect(await table.read('old', 'x')).toBeUndefined();
  });

  it('does nothing at all if one condition fails, and says which, with the item that was there', async () => {
    await transact([put('there', { Item: { ...key('there', 'x'), owner: { S: 'a' } } })]);
    const shown = { ...absent, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    await expect(transact([put('fresh'), put('there', shown), add('untouched')])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Item: { owner: { S: 'a' } } },
        { Code: 'None' },
      ],
    });
    expect(await table.read('fresh', 'x')).toBeUndefined();
    expect(await table.read('untouched', 'x')).toBeUndefined();
  });

  it('does a request once however often it comes under its token', async () => {
    const token = randomUUID();
    for (let time = 0; time < 3; time++) await transact([add('replayed')], token);
    expect(await table.read('replayed', 'x')).toMatchObject({ n: { N: '1' } });
  });

  it('refuses another request under a token that was used', async () => {
    const token = randomUUID();
    await transact([add('token')], token);
    await expect(transact([add('other')], token)).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    expect(await table.read('other', 'x')).toBeUndefined();
  });

  it('tries again under a token whose transaction was cancelled', async () => {
    const token = randomUUID();
    const gated = { TableName: table.name, Key: key('gate', 'x'), ConditionExpression: 'attribute_exists(pk)' };
    const items = [add('gated'), { ConditionCheck: gated }];
    await expect(transact(items, token)).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    await transact([put('gate')]);
    await transact(items, token);
    expect(await table.read('gated', 'x')).toMatchObject({ n: { N: '1' } });
  });

  it('isolates 24 racing transactions: a counter stands at the number of those that succeeded', async () => {
    const { won, lost } = await race(24, (index) =>
      transact([put(`member-${index}`, absent), add('members'), add('generation')]),
    );
    expect(won.length).toBeGreaterThan(0);
    expect(await table.read('members', 'x')).toMatchObject({ n: { N: String(won.length) } });
    expect(await table.read('generation', 'x')).toMatchObject({ n: { N: String(won.length) } });
    // AWS cancels some of those that touch an item at once; an emulator may let them wait instead.
    for (const error of lost) expect(error).toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('gives a lock to one of 24 that ask for it at once', async () => {
    const { won } = await race(24, (index) =>
      transact([
        put('lock', { Item: { ...key('lock', 'x'), owner: { N: `${index}` } }, ...absent }),
        add('lock-count'),
      ]),
    );
    expect(won).toHaveLength(1);
    expect(await table.read('lock-count', 'x')).toMatchObject({ n: { N: '1' } });
  });

  it('shows no half of a transaction to a reader', async () => {
    await transact([add('left'), add('right')]);
    const Get = (pk: string) => ({ Get: { TableName: table.name, Key: key(pk, 'x') } });
    const read = () => table.client.send(new TransactGetItemsCommand({ TransactItems: [Get('left'), Get('right')] }));
    const writing = race(16, () => transact([add('left'), add('right')]));
    const reading = race(16, read);
    await writing;
    for (const { Responses = [] } of (await reading).won) {
      expect(Responses[0]?.Item?.n).toEqual(Responses[1]?.Item?.n);
    }
    expect((await read()).Responses?.[0]?.Item?.n?.N).not.toBe('1');
  });

  it('moves money between accounts without making or losing any, whoever looks when', async () => {
    const accounts = Array.from({ length: 4 }, (_, index) => `account-${index}`);
    const start = { N: '10' };
    await transact(accounts.map((pk) => put(pk, { Item: { ...key(pk, 'x'), balance: start } })));
    const book = (pk: string, by: number, more: object): TransactWriteItem => ({
      Update: {
        TableName: table.name,
        Key: key(pk, 'x'),
        UpdateExpression: 'ADD balance :by',
        ...{ ExpressionAttributeValues: { ':by': { N: `${by}` } }, ...more },
      },
    });
    const transfer = (index: number) => {
      const [from = '', to = ''] = [accounts[index % 4], accounts[(index + 1 + (index % 3)) % 4]];
      const amount = (index % 7) + 1;
      const covered = { ':by': { N: `${-amount}` }, ':least': { N: `${amount}` } };
      const condition = { ConditionExpression: 'balance >= :least', ExpressionAttributeValues: covered };
      return transact([book(from, -amount, condition), book(to, amount, {})]);
    };
    const look = async () => {
      const TransactItems = accounts.map((pk) => ({ Get: { TableName: table.name, Key: key(pk, 'x') } }));
      const { Responses = [] } = await table.client.send(new TransactGetItemsCommand({ TransactItems }));
      return Responses.map(({ Item }) => Number(Item?.balance?.N));
    };
    const [moving, looking] = [race(40, transfer), race(20, look)];
    const moved = await moving;
    expect(moved.won.length).toBeGreaterThan(0);
    for (const balances of [...(await looking).won, await look()]) {
      expect(balances.reduce((sum, one) => sum + one, 0)).toBe(40);
      expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
    }
  });

  it('takes 100 items and not 101, and no item twice', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => put(`many-${index}`));
    await transact(many(100));
    expect(await table.read('many-99', 'x')).toBeDefined();
    await expect(transact(many(101))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(transact([put('twice'), add('twice')])).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
