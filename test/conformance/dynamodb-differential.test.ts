/**
 * The same random commands to the embedded DynamoDB and to that of an emulator (on LocalStack Amazon's own DynamoDB Local,
 * on MiniStack its own): every answer must be the same, errors and the items that they show included.
 */
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gangTable } from '../../bench/gang-table.ts';
import { startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { type Command, commandOf } from './dynamodb-commands.ts';
import { ENDPOINT, localConfig, unique } from './endpoints.ts';

/** A failure prints its seed; LOCKSTEP_TEST_SEED begins there. */
const SEED = Number(process.env.LOCKSTEP_TEST_SEED ?? 1);
const HISTORIES = 60;
const COMMANDS = 30;

describe.skipIf(ENDPOINT === undefined || ENDPOINT === 'aws')('the embedded DynamoDB beside another', () => {
  const TableName = unique('differential');
  let clients: readonly DynamoDBClient[] = [];
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const embedded = await startDynamoDb();
    stop = embedded.stop;
    clients = [embedded.url, ENDPOINT ?? ''].map((url) => new DynamoDBClient({ ...localConfig(url), maxAttempts: 1 }));
    await Promise.all(clients.map((client) => createTable(client, TableName)));
  });
  afterAll(async () => {
    for (const client of clients) {
      await client.send(new DeleteTableCommand({ TableName }));
      client.destroy();
    }
    await stop();
  });

  it(`answers ${HISTORIES} histories of up to ${COMMANDS} commands alike`, { timeout: 120_000 }, async () => {
    let histories = 0;
    const history = fc
      .constant(undefined)
      .chain(() => fc.array(commandOf(TableName, ['A', 'B']), { minLength: COMMANDS / 2, maxLength: COMMANDS }));
    await fc.assert(
      fc.asyncProperty(history, async (commands) => {
        const prefix = `${histories++}-`;
        for (const command of commands.map((one) => within(one, prefix))) {
          const [own, other] = await Promise.all(clients.map((client) => answerOf(client, command)));
          expect(own, JSON.stringify(command)).toEqual(other);
        }
      }),
      { seed: SEED, numRuns: HISTORIES, endOnFailure: true, reporter: throwCause },
    );
    expect(histories).toBe(HISTORIES);
  });
});

/** The command that was answered differently, and nothing of the rest: the seed gives the whole history. */
function throwCause<Histories>({ failed, errorInstance }: fc.RunDetails<Histories>): void {
  if (failed) throw new Error(`seed ${SEED}: ${errorInstance}`);
}

/** The same command in partitions of its own. */
const within = (command: Command, prefix: string): Command =>
  JSON.parse(JSON.stringify(command).replaceAll(/"(pk|:pk)":\{"S":"/g, `$&${prefix}`));

async function answerOf(client: DynamoDBClient, command: Command): Promise<unknown> {
  try {
    const { $metadata: _, ConsumedCapacity: __, ...answer } = (await send(client, command)) as Answer;
    return normal(answer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { Item } = error as { readonly Item?: unknown };
    const reasons =
      error instanceof TransactionCanceledException
        ? error.CancellationReasons?.map(({ Code, Item: shown }) => ({ Code, Item: shown }))
        : undefined;
    return normal({ error: error.name, Item, reasons });
  }
}

interface Answer {
  readonly $metadata?: unknown;
  readonly ConsumedCapacity?: unknown;
}

function send(client: DynamoDBClient, { kind, input }: Command): Promise<unknown> {
  switch (kind) {
    case 'put':
      return client.send(new PutItemCommand(input));
    case 'update':
      return client.send(new UpdateItemCommand(input));
    case 'delete':
      return client.send(new DeleteItemCommand(input));
    case 'get':
      return client.send(new GetItemCommand(input));
    case 'query':
      return client.send(new QueryCommand(input));
    case 'transact':
      return client.send(new TransactWriteItemsCommand(input));
  }
}

/** Without what is absent or empty, sets in one order: theirs means nothing. */
function normal(value: unknown): unknown {
  const text = JSON.stringify(value, (name, inner) => {
    if (name === 'NS' && Array.isArray(inner)) return inner.toSorted();
    return name === 'Attributes' && Object.keys(inner ?? {}).length === 0 ? undefined : inner;
  });
  return JSON.parse(text);
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(new CreateTableCommand(gangTable(TableName)));
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName });
}
