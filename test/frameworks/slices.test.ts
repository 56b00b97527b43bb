/** One Parquet file for four ranks on two hosts, and eight for six: what tasks read in both languages, against pyarrow. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, isMissing, isWhole, train } from './training.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures', 'slices');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-slices-'));
const warehouse = join(folder, 'warehouse');
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly id: number;
}
let expected: readonly Row[] = [];

interface Case {
  readonly language: string;
  readonly task: string;
  readonly where: string;
  readonly tasksPerHost: number;
  /** Rows of the ranks, the fewest first. */
  readonly counts: readonly number[];
}

const LANGUAGES = [
  { language: 'Python', task: `{ command: [python3, ${join(FIXTURES, 'task.py')}] }` },
  { language: 'TypeScript', task: `{ module: ${join(FIXTURES, 'task.ts')} }` },
];
/** The warehouse writes fewer than 16 rows as one file, and all 203 as eight. */
const CASES: readonly Case[] = LANGUAGES.flatMap((language) => [
  { ...language, where: 'id < 15', tasksPerHost: 2, counts: [3, 4, 4, 4] },
  ...(isWhole ? [{ ...language, where: 'true', tasksPerHost: 3, counts: [33, 34, 34, 34, 34, 34] }] : []),
]);

const job = ({ task, where, tasksPerHost }: Case) => `kind: train
name: slices
data: { sql: { database: things, query: "SELECT * FROM rows WHERE ${where}" } }
gang: { hosts: 2, tasksPerHost: ${tasksPerHost}, instanceTypes: [g7e.24xlarge] }
task: ${task}
limits: { maxDurationS: 120, graceS: 2 }
local: { warehouse: ${warehouse} }
`;

describe.skipIf(isMissing('base'))('objects that are cut for the ranks', () => {
  beforeAll(() => {
    const program = [join(FIXTURES, 'write.py'), warehouse];
    expected = JSON.parse(execFileSync(join(installed.bin, 'python3'), program, { encoding: 'utf8' }));
  });

  test.each(CASES)('are read in $language as pyarrow reads them, where $where, each row by one rank', async (one) => {
    const path = join(folder, 'train.yaml');
    writeFileSync(path, job(one));
    const { path: file } = await train(path).succeeded();
    const ranks: { paths: string[]; rows: Row[] }[] = JSON.parse(readFileSync(file('rows.json'), 'utf8'));
    expect(ranks.map(({ rows }) => rows.length).toSorted((a, b) => a - b)).toEqual(one.counts);
    const paths = ranks.map((rank) => rank.paths);
    for (const each of paths) expect(each).toContainEqual(expect.stringMatching(/-rows-\d+-\d+\.arrow$/));
    if (one.where !== 'true') expect(new Set(paths.flat().map((name) => name.split('-rows-')[0])).size).toBe(2);
    const rows = ranks.flatMap((rank) => rank.rows).toSorted((a, b) => a.id - b.id);
    expect(rows).toEqual(expected.slice(0, rows.length));
    expect(rows).toHaveLength(one.counts.reduce((sum, count) => sum + count));
  });
});
