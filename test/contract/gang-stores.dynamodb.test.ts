import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoJournal } from '#adapters/aws/dynamo-journal.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { barrierStoreSuite } from './barrier-store.ts';
import { controlStoreSuite } from './control-store.ts';
import { createTable, type TestTable } from './dynamodb-table.ts';
import { gangQueueSuite } from './gang-queue.ts';
import { memberStoreSuite } from './member-store.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTable();
});
afterAll(() => table.remove());

describe('the control store in DynamoDB', () =>
  controlStoreSuite(() => ({
    ...dynamoControl(table.client, table.name),
    ...dynamoJournal(table.client, table.name),
  })));
describe('the member store in DynamoDB', () => memberStoreSuite(() => dynamoMembers(table.client, table.name)));
describe('the barrier store in DynamoDB', () => barrierStoreSuite(() => dynamoBarrier(table.client, table.name)));
describe('the gang queue in DynamoDB', () => gangQueueSuite(() => dynamoQueue(table.client, table.name)));
