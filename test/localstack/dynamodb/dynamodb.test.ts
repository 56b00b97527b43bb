import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gangTable } from '../../../bench/gang-table.ts';
import { type DynamoDbService, startDynamoDb } from '../../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { key } from '../../conformance/dynamodb-table.ts';
import { localConfig } from '../../conformance/endpoints.ts';

const TableName = 'kept';

describe('the embedded DynamoDB as part of a cloud', () => {
  let folder: string;
  let service: DynamoDbService;
  let client: DynamoDBClient;

  const start = async () => {
    service = await startDynamoDb({ folder: join(folder, 'tables') });
    client = new DynamoDBClient(localConfig(service.url));
  };
  const stop = async () => {
    client.destroy();
    await service.stop();
  };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-dynamodb-'));
    await start();
    await client.send(new CreateTableCommand(gangTable(TableName)));
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const put = (Item: Record<string, never> | object) =>
    client.send(new PutItemCommand({ TableName, Item: { ...key('a', 'b'), ...Item } }));
  const get = async () =>
    (await client.send(new GetItemCommand({ TableName, Key: key('a', 'b'), ConsistentRead: true }))).Item;

  it('is there again after a restart', async () => {
    await put({ v: { NS: ['1', '2'] } });
    await stop();
    await start();
    expect(await get()).toEqual({ ...key('a', 'b'), v: { NS: ['1', '2'] } });
  });

  it('goes on when a client dies in the middle of a request, and nothing of that request is done', async () => {
    await put({ v: { N: '1' } });
    const body = JSON.stringify({ TableName, Item: { ...key('a', 'b'), v: { N: '2' } } });
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const head = `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: DynamoDB_20120810.PutItem\r\ncontent-length: ${body.length}`;
    await new Promise((resolve) => socket.write(`${head}\r\n\r\n${body.slice(0, -1)}`, resolve));
    socket.destroy();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await get()).toMatchObject({ v: { N: '1' } });
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(service.url).port);
    await expect(startDynamoDb({ port })).rejects.toMatchObject({ code: 'LS_PORT_BUSY' });
  });
});
