/** One Parquet file for four ranks on two hosts: what tasks read in both languages, against pyarrow. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, isMissing, train } from './training.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures', 'slices');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-slices-'));
const warehouse = join(folder, 'warehouse');
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly id: number;
}
let expected: readonly Row[] = [];

const job = (task: string) => `kind: train
name: slices
data: { sql: { database: things, query: SELECT * FROM rows } }
gang: { hosts: 2, tasksPerHost: 2, instanceTypes: [g7e.12xlarge] }
task: ${task}
limits: { maxDurationS: 120, graceS: 2 }
local: { warehouse: ${warehouse} }
`;

describe.skipIf(isMissing('base'))('one object for four ranks', () => {
  beforeAll(() => {
    const program = [join(FIXTURES, 'write.py'), warehouse];
    expected = JSON.parse(execFileSync(join(installed.bin, 'python3'), program, { encoding: 'utf8' }));
  });

  test.each([
    { language: 'Python', task: `{ command: [python3, ${join(FIXTURES, 'task.py')}] }` },
    { language: 'TypeScript', task: `{ module: ${join(FIXTURES, 'task.ts')} }` },
  ])('is read in $language as pyarrow reads it, each row by one rank and as many by each', async ({ task }) => {
    const path = join(folder, 'train.yaml');
    writeFileSync(path, job(task));
    const { path: file } = await train(path).succeeded();
    const ranks: { paths: string[]; rows: Row[] }[] = JSON.parse(readFileSync(file('rows.json'), 'utf8'));
    expect(ranks.map(({ rows }) => rows.length).toSorted()).toEqual([50, 51, 51, 51]);
    for (const { paths } of ranks) expect(paths).toEqual([expect.stringMatching(/-rows-\d+-\d+\.arrow$/)]);
    const rows = ranks.flatMap((rank) => rank.rows).toSorted((a, b) => a.id - b.id);
    expect(rows).toEqual(expected);
  });
});
