/** A query as the input of an inference, by the command line: JSON in partitions, which no reader of ours knows. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toyModel } from '../../flows/inference/world.ts';
import { lockstep, stateFolder } from '../command.ts';

let home: ReturnType<typeof stateFolder>;
beforeEach(() => {
  home = stateFolder();
});
afterEach(() => home.remove());

it('is planned over its first rows, run, and read back; no inbox takes it', async () => {
  const job = writeJob();
  const planned = await lockstep(home.path, ['plan', job, '--json']).ended;
  expect(planned.summary, planned.stderr).toMatchObject({ columns: [{ name: 'id' }, { name: 'x' }, { name: 'day' }] });
  const { summary, stderr } = await lockstep(home.path, ['infer', job, '--json']).ended;
  expect(summary, stderr).toMatchObject({ ok: true, rowsPredicted: 4, query: { database: 'shop' } });
  const csv = join(home.path, 'rows.csv');
  const [runId] = (summary as unknown as { readonly runs: readonly [string] }).runs;
  await lockstep(home.path, ['read', runId, '--to', csv]).ended;
  const [head, ...rows] = readFileSync(csv, 'utf8').trim().split('\n');
  expect(head).toMatch(/^"?id"?,"?day"?/);
  expect(rows.map((row) => row.split(',')[0])).toEqual(['1', '2', '3', '4']);
  const served = await lockstep(home.path, ['serve', job, '--json']).ended;
  expect(served.summary).toMatchObject({ code: 'LS_JOB_INVALID', message: expect.stringContaining('input.sql') });
}, 180_000);

function writeJob(): string {
  const table = join(home.path, 'warehouse', 'shop', 'visits');
  for (const day of [1, 2]) {
    mkdirSync(join(table, `day=${day}`), { recursive: true });
    const rows = [2 * day - 1, 2 * day].map((id) => JSON.stringify({ id, x: [id, 0, 0, 0] }));
    writeFileSync(join(table, `day=${day}`, 'rows.jsonl'), `${rows.join('\n')}\n`);
  }
  writeFileSync(join(home.path, 'toy.onnx'), toyModel());
  const query = 'SELECT id, x::FLOAT[4] AS x, day FROM visits ORDER BY id';
  const job = {
    ...{ kind: 'infer', name: 'visits', model: 'toy.onnx', input: { sql: { database: 'shop', query } } },
    ...{ predict: { kernel: 'argmax' }, output: { keep: ['id', 'day'] }, local: { warehouse: 'warehouse' } },
  };
  const path = join(home.path, 'job.yaml');
  writeFileSync(path, JSON.stringify(job));
  return path;
}
