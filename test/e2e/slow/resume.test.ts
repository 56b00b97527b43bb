/** A run in a cloud that stays: functions are killed in the middle and it is cancelled; resumed, it predicts what was left. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { toyModel } from '../../flows/inference/world.ts';
import { batchesOf, fileBytes } from '../../formats/arrow/files.ts';
import { type Command, lockstep, processesOf, stateFolder } from '../command.ts';

const PARTITIONS = 60;
/** A record batch, larger than the smallest partition. */
const ROWS = 4_000;

let home: ReturnType<typeof stateFolder>;
let cloud: Command;
beforeEach(async () => {
  home = stateFolder();
  cloud = lockstep(home.path, ['local', 'up', '--port', '0']);
  await cloud.until(/up/i);
}, 120_000);
afterEach(async () => {
  cloud.child.kill('SIGINT');
  await cloud.ended;
  home.remove();
}, 60_000);

it('is resumed after functions were killed and the run was cancelled, and repeats nothing that was committed', async () => {
  const job = await writeJob(join(home.path, 'job'));
  const started = lockstep(home.path, ['infer', job, '--detach', '--json']);
  const { stdout, stderr, code } = await started.ended;
  expect(code, `${stdout}${stderr}`).toBe(0);
  const [runId] = (JSON.parse(stdout) as { readonly runs: readonly [string] }).runs;
  await expect.poll(() => predicted().length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(2);
  const victims = predicting();
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  expect(victims.length).toBeGreaterThan(0);
  const cancelled = await lockstep(home.path, ['cancel', runId, '--json']).ended;
  expect(cancelled.code, cancelled.stderr).toBe(0);
  const before = predicted();
  expect(before.length).toBeLessThan(PARTITIONS);

  const resumed = await lockstep(home.path, ['resume', runId, '--json']).ended;
  expect(resumed.summary, resumed.stderr).toMatchObject({ ok: true, rowsPredicted: PARTITIONS * ROWS });
  const all = predicted();
  // What was said to be committed was not predicted again, so only the rest was.
  expect(all.filter((partition) => before.includes(partition)).toSorted()).toEqual(before.toSorted());
  // One may have been committed by the function that was killed before it said so, or by one that outlived the cancellation.
  expect(Math.abs(all.length - PARTITIONS)).toBeLessThanOrEqual(1);
  const verified = await lockstep(home.path, ['verify', runId, '--json']).ended;
  expect(verified.code, verified.stdout).toBe(0);
  const again = await lockstep(home.path, ['resume', runId, '--json']).ended;
  expect(again.summary).toMatchObject({ ok: false, code: 'LS_NOT_RESUMABLE' });
}, 240_000);

/** A job of so many partitions, one after the other. */
async function writeJob(folder: string): Promise<string> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'toy.onnx'), toyModel());
  writeFileSync(join(folder, 'rows.arrow'), await fileBytes(batchesOf(...Array<number>(PARTITIONS).fill(ROWS))));
  const job = {
    ...{ kind: 'infer', name: 'toy', model: 'toy.onnx', input: ['rows.arrow'] },
    predict: { kernel: 'argmax' },
    limits: { partitionBytes: 65_536, maxConcurrency: 1 },
  };
  const file = join(folder, 'job.yaml');
  writeFileSync(file, JSON.stringify(job));
  return file;
}

/** Partitions that functions say they have predicted and committed, as often as they say it. */
function predicted(): readonly number[] {
  const [id] = readdirSync(join(home.path, 'clouds'));
  const logs = join(home.path, 'clouds', id ?? '', 'state', 'logs');
  const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'));
  return lines.flatMap((line) => {
    const found = /"message":"predicted",.*"partition":(\d+)/.exec(line);
    return found ? [Number(found[1])] : [];
  });
}

/** Processes of the function that runs the model. */
const predicting = (): readonly number[] =>
  processesOf(home.path).filter((pid) => {
    try {
      return /AWS_LAMBDA_FUNCTION_NAME=[^\0]*Infer/.test(readFileSync(`/proc/${pid}/environ`, 'latin1'));
    } catch {
      return false; // it ended while we looked
    }
  });
