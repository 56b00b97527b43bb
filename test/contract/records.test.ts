import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { createTable, type TestTable } from '../conformance/dynamodb-table.ts';
import { progressContract } from './progress-contract.ts';
import { runsContract } from './runs-contract.ts';

let table: TestTable;
beforeAll(async () => {
  table = await createTable();
});
afterAll(() => table.remove());

describe('the progress of runs in memory', () => {
  const progress = memoryProgress();
  progressContract(() => progress);
});
describe('the progress of runs in DynamoDB', () => progressContract(() => dynamoProgress(table.client, table.name)));

describe('the list of runs in memory', () => {
  const runs = memoryRuns();
  runsContract(() => runs);
});
describe('the list of runs in DynamoDB', () => runsContract(() => dynamoRuns(table.client, table.name)));
