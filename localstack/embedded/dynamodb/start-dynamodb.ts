import { mkdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { listen } from '../http/listen.ts';
import { ACCOUNT, REGION } from '../template/account.ts';
import {
  DYNALITE_OPERATIONS,
  database,
  type Json,
  parseRequest,
  perform,
  promised,
  type Store,
  type Table,
} from './dynalite.ts';
import { type DynamoOperations, dynamoApi } from './dynamo-api.ts';
import { ClientTokens } from './idempotency.ts';
import { writeItem } from './single-write.ts';
import { TimeToLive } from './time-to-live.ts';
import { transactGetItems } from './transact-get.ts';
import { transactWriteItems } from './transact-write.ts';

/** DynamoDB on loopback: dynalite's tables and expressions, and the transactions that it lacks. */
export interface DynamoDbService {
  readonly url: string;
  stop(): Promise<void>;
}

export interface DynamoDbOptions {
  /** Where tables are kept; without it they are in memory and gone with the service. */
  readonly folder?: string;
  /** 0 (default) takes a free one; LS_PORT_BUSY if a given one is taken. */
  readonly port?: number;
  /** How often expired items are looked for. @default 5000 */
  readonly sweepEveryMs?: number;
}

/** Starts the service; tables are ready as soon as CreateTable has answered. */
export async function startDynamoDb(options: DynamoDbOptions = {}): Promise<DynamoDbService> {
  const { folder, port = 0, sweepEveryMs = 5000 } = options;
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const at = folder === undefined ? {} : { path: folder };
  const store = database.create({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0, ...at });
  store.tableDb.awsAccountId = ACCOUNT;
  store.tableDb.awsRegion = REGION;
  const timeToLive = new TimeToLive(store);

  const close = () => promised<void>((done) => store.db.close(done));
  const listener = await listen(dynamoApi(operations(store, timeToLive)), port).catch(async (busy) => {
    await close();
    throw busy;
  });
  let sweeping = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweeping.then(() => timeToLive.sweep(Date.now() / 1000));
  }, sweepEveryMs);
  return {
    url: listener.url,
    async stop() {
      clearInterval(timer);
      await Promise.all([listener.close(), sweeping]);
      await close();
    },
  };
}

function operations(store: Store, timeToLive: TimeToLive): DynamoOperations {
  const tokens = new ClientTokens();
  const dynalite = Object.fromEntries(
    DYNALITE_OPERATIONS.map((operation) => [
      operation,
      (request: Json) => perform(store, operation, parseRequest(store, operation, request)),
    ]),
  );
  return {
    ...dynalite,
    CreateTable: (request) => createTable(store, request),
    PutItem: (request) => writeItem(store, 'PutItem', request),
    UpdateItem: (request) => writeItem(store, 'UpdateItem', request),
    DeleteItem: (request) => writeItem(store, 'DeleteItem', request),
    TransactGetItems: (request) => transactGetItems(store, request),
    TransactWriteItems: (request) =>
      tokens.once(request.ClientRequestToken as string | undefined, request.TransactItems, () =>
        transactWriteItems(store, request),
      ),
    UpdateTimeToLive: (request) => timeToLive.update(request),
    DescribeTimeToLive: (request) => timeToLive.describe(request),
  };
}

const CREATION_LIMIT_MS = 5_000;

/** dynalite answers before the table can be used; a program that waits for nothing must not meet that moment. */
async function createTable(store: Store, request: Json): Promise<Json> {
  const answer = await perform(store, 'CreateTable', parseRequest(store, 'CreateTable', request));
  const deadline = performance.now() + CREATION_LIMIT_MS;
  while (!(await isActive(store, String(request.TableName)))) {
    if (performance.now() > deadline) throw new Error(`the table ${request.TableName} did not become active`);
    await setImmediate();
  }
  return answer;
}

/** dynalite does not find a table, when asked to check its status, while it is being created. */
async function isActive(store: Store, name: string): Promise<boolean> {
  return await promised<Table>((done) => store.getTable(name, done)).then(
    () => true,
    () => false,
  );
}
