import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, key, type TestTable } from './dynamodb-table.ts';
import { CLOUD } from './endpoints.ts';
import { race } from './race.ts';

describe(`writes of one item in DynamoDB (${CLOUD})`, () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTable();
  });
  afterAll(() => table.remove());

  const put = (pk: string, more: object = {}) =>
    new PutItemCommand({ TableName: table.name, Item: key(pk, 'x'), ...more });
  const update = (pk: string, more: object) =>
    new UpdateItemCommand({ TableName: table.name, Key: key(pk, 'x'), ...more });

  it('creates an item once, and shows the item that is there to the one who came second', async () => {
    const condition = {
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    await table.client.send(put('once', { Item: { ...key('once', 'x'), owner: { S: 'first' } }, ...condition }));
    const second = table.client.send(put('once', condition));
    const error = await second.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect((error as ConditionalCheckFailedException).Item).toEqual({ ...key('once', 'x'), owner: { S: 'first' } });
    expect((await table.read('once', 'x'))?.owner).toEqual({ S: 'first' });
  });

  it('has no item to show where there is none, or where it was not asked for one', async () => {
    await table.client.send(put('shown', {}));
    const condition = { ConditionExpression: 'attribute_exists(missing)' };
    const ask = { ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
    await expect(
      table.client.send(update('absent', { ...ask, UpdateExpression: 'SET a = pk' })),
    ).rejects.not.toHaveProperty('Item');
    await expect(table.client.send(put('shown', condition))).rejects.not.toHaveProperty('Item');
  });

  it('shows the item also when an update or a deletion is refused', async () => {
    await table.client.send(put('kept', { Item: { ...key('kept', 'x'), phase: { S: 'RUNNING' } } }));
    const refused = {
      ConditionExpression: 'phase = :p',
      ExpressionAttributeValues: { ':p': { S: 'FORMING' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const stored = { Item: { phase: { S: 'RUNNING' } } };
    await expect(
      table.client.send(update('kept', { ...refused, UpdateExpression: 'REMOVE phase' })),
    ).rejects.toMatchObject(stored);
    const remove = new DeleteItemCommand({ TableName: table.name, Key: key('kept', 'x'), ...refused });
    await expect(table.client.send(remove)).rejects.toMatchObject(stored);
    expect((await table.read('kept', 'x'))?.phase).toEqual({ S: 'RUNNING' });
  });

  it('adds to a number set as often as it is told to, and the number is in it once', async () => {
    const arrive = (rank: number) =>
      update('barrier', {
        UpdateExpression: 'ADD arrived :r SET kind = if_not_exists(kind, :k)',
        ConditionExpression: 'attribute_not_exists(kind) OR kind = :k',
        ExpressionAttributeValues: { ':r': { NS: [String(rank)] }, ':k': { S: 'barrier' } },
        ReturnValues: 'ALL_NEW',
      });
    await table.client.send(arrive(1));
    await table.client.send(arrive(1));
    const { Attributes } = await table.client.send(arrive(0));
    expect(new Set(Attributes?.arrived?.NS)).toEqual(new Set(['0', '1']));
    expect(Attributes?.arrived?.NS).toHaveLength(2);
  });

  it('loses no arrival of 64 that come at once', async () => {
    const { lost } = await race(64, (rank) =>
      table.client.send(
        update('crowd', {
          UpdateExpression: 'ADD arrived :r',
          ExpressionAttributeValues: { ':r': { NS: [`${rank}`] } },
        }),
      ),
    );
    expect(lost).toEqual([]);
    const arrived = (await table.read('crowd', 'x'))?.arrived as { NS: string[] };
    expect(arrived.NS.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, rank) => rank));
  });

  it('lets exactly one of 24 racing transitions win, and shows the winner to the others', async () => {
    await table.client.send(put('ctl', { Item: { ...key('ctl', 'x'), epoch: { N: '0' }, opId: { S: 'none' } } }));
    const { won, lost } = await race(24, (index) =>
      table.client.send(
        update('ctl', {
          UpdateExpression: 'SET epoch = epoch + :one, opId = :o',
          ConditionExpression: 'epoch = :zero',
          ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' }, ':o': { S: `op-${index}` } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
    expect(won).toHaveLength(1);
    const winner = won[0]?.Attributes?.opId;
    expect(await table.read('ctl', 'x')).toMatchObject({ epoch: { N: '1' }, opId: winner });
    for (const error of lost)
      expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', Item: { opId: winner } });
  });

  it('stops a counter of 64 racing additions exactly at its bound', async () => {
    const { won } = await race(64, () =>
      table.client.send(
        update('pool', {
          UpdateExpression: 'ADD used :one',
          ConditionExpression: 'attribute_not_exists(used) OR used < :max',
          ExpressionAttributeValues: { ':one': { N: '1' }, ':max': { N: '32' } },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    expect(new Set(won.map(({ Attributes }) => Attributes?.used?.N)).size).toBe(32);
    expect((await table.read('pool', 'x'))?.used).toEqual({ N: '32' });
  });

  it('refuses what is not an item: no key, an item over 400 KB, a table that does not exist', async () => {
    const { client, name } = table;
    const cases: [object, string][] = [
      [{ TableName: name, Item: { pk: { S: 'a' } } }, 'ValidationException'],
      [{ TableName: name, Item: { ...key('a', 'b'), big: { S: 'x'.repeat(410 * 1024) } } }, 'ValidationException'],
      [{ TableName: 'no-such-table', Item: key('a', 'b') }, 'ResourceNotFoundException'],
    ];
    for (const [input, error] of cases) {
      await expect(client.send(new PutItemCommand(input as never))).rejects.toMatchObject({ name: error });
    }
  });
});
