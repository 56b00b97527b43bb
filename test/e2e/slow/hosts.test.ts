/** `compute: hosts` on the local cloud, by the command line as a user would. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toyModel } from '../../flows/inference/world.ts';
import { batchesOf, fileBytes } from '../../formats/arrow/files.ts';
import { lockstep, processesOf, stateFolder } from '../command.ts';

const PARTITIONS = 20;
/** A record batch, larger than the smallest partition. */
const ROWS = 4_000;
const HOSTS = { min: 2, max: 2, instanceTypes: ['g4dn.xlarge'] };

let home: ReturnType<typeof stateFolder>;
beforeEach(() => {
  home = stateFolder();
});
afterEach(() => home.remove());

async function writeJob(name: string, more: object): Promise<string> {
  const folder = join(home.path, 'job');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'toy.onnx'), toyModel());
  writeFileSync(join(folder, 'rows.arrow'), await fileBytes(batchesOf(...Array<number>(PARTITIONS).fill(ROWS))));
  const job = {
    ...{ kind: 'infer', name: 'toy', model: 'toy.onnx', input: ['rows.arrow'] },
    ...{ predict: { kernel: 'argmax' }, limits: { partitionBytes: 65_536 } },
    ...more,
  };
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, JSON.stringify(job));
  return file;
}

/** The rows of a job, in CSV. */
async function predicted(job: string, csv: string): Promise<string> {
  const ended = await lockstep(home.path, ['infer', job, '--json']).ended;
  expect(ended.summary, ended.stderr).toMatchObject({ ok: true, rowsPredicted: PARTITIONS * ROWS });
  const [runId = ''] = (ended.summary as unknown as { readonly runs: readonly string[] }).runs;
  const read = await lockstep(home.path, ['read', runId, '--to', join(home.path, csv), '--json']).ended;
  expect(read.code, read.stderr).toBe(0);
  return readFileSync(join(home.path, csv), 'utf8');
}

it('predicts on hosts what functions predict, to the byte', async () => {
  const onHosts = await predicted(await writeJob('hosts', { compute: 'hosts', hosts: HOSTS }), 'hosts.csv');
  const inFunctions = await predicted(await writeJob('lambda', {}), 'lambda.csv');
  expect(onHosts.split('\n').length).toBeGreaterThan(PARTITIONS * ROWS);
  expect(onHosts).toBe(inFunctions);
}, 240_000);

/** A module that takes its time, so that something can happen meanwhile. */
const SLOW = `export const predict = async (batch) => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { value: Float64Array.from({ length: batch.numRows }, (_, row) => row) };
};`;

async function writeSlowJob(): Promise<string> {
  const more = { model: 'slow.mjs', predict: { kind: 'module' }, compute: 'hosts', hosts: HOSTS };
  const job = await writeJob('slow', more);
  writeFileSync(join(home.path, 'job', 'slow.mjs'), SLOW);
  return job;
}

/** Processes of this run whose command line has the word. */
const processes = (word: string): readonly number[] =>
  processesOf(home.path).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });

it('goes on without a host whose agent is killed in the middle', async () => {
  const run = lockstep(home.path, ['infer', await writeSlowJob(), '--json']);
  await expect.poll(() => processes('partition-runner').length, { timeout: 120_000, interval: 50 }).toBeGreaterThan(1);
  const [victim] = processes('agent.mjs');
  process.kill(victim as number, 'SIGKILL');
  const ended = await run.ended;
  expect(ended.summary, ended.stderr).toMatchObject({ ok: true, rowsPredicted: PARTITIONS * ROWS });
  await expect.poll(() => processesOf(home.path), { timeout: 20_000 }).toEqual([]);
}, 300_000);

it('leaves nothing of its hosts when it is interrupted', async () => {
  const run = lockstep(home.path, ['infer', await writeSlowJob(), '--json']);
  await expect.poll(() => processes('partition-runner').length, { timeout: 120_000, interval: 50 }).toBeGreaterThan(1);
  run.child.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  await expect.poll(() => processesOf(home.path), { timeout: 20_000 }).toEqual([]);
}, 300_000);
