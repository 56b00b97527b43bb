import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoJournal } from '#adapters/aws/dynamo-journal.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { createTable, type TestTable } from '../conformance/dynamodb-table.ts';
import { CLOUD } from '../conformance/endpoints.ts';
import { barrierContract } from './barrier-contract.ts';
import { controlContract } from './control-contract.ts';
import { membersContract } from './members-contract.ts';
import { queueContract } from './queue-contract.ts';

describe('in memory', () => {
  const [control, members, barriers, queue] = [memoryControl(), memoryMembers(), memoryBarrier(), memoryQueue()];
  describe('the control store', () => controlContract(() => control));
  describe('the member store', () => membersContract(() => members));
  describe('the barrier store', () => barrierContract(() => barriers));
  describe('the gang queue', () => queueContract(() => queue));
});

describe(`in DynamoDB (${CLOUD})`, () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTable();
  });
  afterAll(() => table.remove());

  describe('the control store', () =>
    controlContract(() => ({
      ...dynamoControl(table.client, table.name),
      ...dynamoJournal(table.client, table.name),
    })));
  describe('the member store', () => membersContract(() => dynamoMembers(table.client, table.name)));
  describe('the barrier store', () => barrierContract(() => dynamoBarrier(table.client, table.name)));
  describe('the gang queue', () => queueContract(() => dynamoQueue(table.client, table.name)));
});
