/** A model that one command publishes and another takes, with no cloud up between the two. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrowFile, classifier } from '../../fixtures/small-data.ts';
import { type Ended, lockstep, processesAfter, stateFolder } from '../command.ts';

const ROWS = 40;
const model = Buffer.from(classifier(3)).toString('base64');
const TASK = `import { run } from 'lockstep/task';
await run(async (task) => await task.result({ seen: 1 }, { 'model.onnx': Buffer.from('${model}', 'base64') }));
`;
const GANG = { hosts: 1, tasksPerHost: 1, instanceTypes: ['g7e.12xlarge'] };
const TRAIN = { kind: 'train', name: 'small', publish: 'tiny', gang: GANG, task: { module: './task.ts' } };
const INFER = {
  kind: 'infer',
  name: 'small',
  model: 'published:tiny',
  input: ['./rows.arrow'],
  predict: { kernel: 'argmax' },
};

const home = stateFolder();
const folder = join(home.path, 'job');
const jobs = { train: TRAIN, infer: INFER, wrong: { ...INFER, model: 'published:tinny' } };

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'task.ts'), TASK);
  writeFileSync(join(folder, 'rows.arrow'), await arrowFile(3, ROWS));
  for (const [name, job] of Object.entries(jobs)) writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(job));
});
afterAll(() => home.remove());

const run = (...args: readonly string[]): Promise<Ended> => lockstep(home.path, [...args, '--json'], folder).ended;

it('is there for the next command, for a plan and for a cloud that comes up later, until it is removed', async () => {
  const nothing = await run('infer', 'infer.yaml');
  expect(nothing.summary, nothing.stderr).toMatchObject({
    ...{ ok: false, code: 'LS_MODEL_UNREADABLE' },
    message: 'no model is published under the name tiny; nothing is published here yet',
    remedy: 'Train it first: a training job with `publish: tiny`, or of that name, publishes it.',
  });

  const trained = await run('train', 'train.yaml');
  expect(trained.code, trained.stderr).toBe(0);
  expect(readdirSync(join(home.path, 'clouds'))).toEqual([]);
  const predicted = await run('infer', 'infer.yaml');
  expect(predicted.summary, predicted.stderr).toMatchObject({ ok: true, rowsPredicted: ROWS });
  const csv = join(folder, 'labels.csv');
  const read = await run('read', 'latest', '--to', csv);
  expect(read.summary, read.stderr).toMatchObject({ rows: ROWS, file: csv });
  expect(readFileSync(csv, 'utf8').split('\r\n')).toHaveLength(ROWS + 2);
  const planned = await run('plan', 'infer.yaml');
  expect(planned.summary, planned.stderr).toMatchObject({ ok: true, kind: 'infer', partitions: [{ batches: 1 }] });
  for (const command of ['infer', 'plan']) {
    const missed = await run(command, 'wrong.yaml');
    expect(missed.summary, missed.stderr).toMatchObject({
      ...{ code: 'LS_MODEL_UNREADABLE', remedy: 'Did you mean `published:tiny`?' },
    });
  }

  const up = lockstep(home.path, ['local', 'up']);
  await up.until(/is up/);
  const { runs = [] } = trained.summary as unknown as { readonly runs: readonly string[] };
  const listed = await run('models');
  expect(listed.summary, listed.stderr).toMatchObject({
    models: [{ name: 'tiny', runId: runs[0], latestIn: ['this machine', 'local'] }],
  });
  const again = await run('infer', 'infer.yaml');
  expect(again.summary, again.stderr).toMatchObject({ ok: true, outputs: expect.stringMatching(/^s3:/) });
  up.child.kill('SIGTERM');
  await up.ended;

  expect((await run('models', 'rm', 'tiny')).summary).toMatchObject({ removed: [`tiny@${runs[0]}`] });
  expect((await run('infer', 'infer.yaml')).summary).toMatchObject({ code: 'LS_MODEL_UNREADABLE' });
  expect(await processesAfter(home.path, 2_000)).toEqual([]);
}, 120_000);
