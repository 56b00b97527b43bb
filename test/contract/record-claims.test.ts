import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoRecordClaims } from '#adapters/aws/dynamo-record-claims.ts';
import { type JournalClaims, journalClaims } from '#adapters/folder/journal-claims.ts';
import { memoryRecordClaims } from '#adapters/memory/memory-record-claims.ts';
import { createTable, type TestTable } from '../conformance/dynamodb-table.ts';
import { recordClaimsContract } from './record-claims-contract.ts';

describe('claims in memory', () => {
  const claims = memoryRecordClaims();
  recordClaimsContract(() => claims);
});

describe('claims in DynamoDB', () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTable();
  });
  afterAll(() => table.remove());
  recordClaimsContract(() => dynamoRecordClaims(table.client, table.name, 'flowers'));

  it('are those of their own stream', async () => {
    const times = { nowMs: 0, untilMs: 1 };
    await dynamoRecordClaims(table.client, table.name, 'one').take('same', times);
    expect(await dynamoRecordClaims(table.client, table.name, 'other').take('same', times)).toMatchObject({ fence: 1 });
  });
});

describe('claims in a journal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-journal-'));
  const path = join(folder, 'journal.jsonl');
  let claims: JournalClaims;
  beforeAll(() => {
    claims = journalClaims(path);
  });
  afterAll(() => {
    claims.close();
    rmSync(folder, { recursive: true });
  });
  recordClaimsContract(() => claims);

  it('are there again after a crash: what was finished is, what was held is free, what was half written is not', async () => {
    const times = { nowMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
    await claims.take('answered', times);
    await claims.finish([{ key: 'answered', fence: 1 }], 'there');
    await claims.take('open', times);
    claims.close();
    appendFileSync(path, '["half",{"state":"fini');
    claims = journalClaims(path);
    expect(await claims.take('answered', times)).toEqual({ state: 'finished', outcome: 'there' });
    expect(await claims.take('open', times)).toEqual({ state: 'taken', fence: 2, attempts: 2 });
    expect(await claims.take('half', times)).toEqual({ state: 'taken', fence: 1, attempts: 1 });
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.includes('["answered"')),
    ).toHaveLength(1);
  });
});
