/** Commands against one real local cloud, which all tests share. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, LockstepError } from '#core/errors.ts';
import { type EmbeddedCloud, startEmbedded } from '../../cli/cloud/embedded.ts';
import { cancel } from '../../cli/commands/cancel.ts';
import { infer } from '../../cli/commands/infer.ts';
import { listKept } from '../../cli/commands/kept-run.ts';
import { logs, showLogLine } from '../../cli/commands/logs.ts';
import { plan } from '../../cli/commands/plan.ts';
import { status, statusOf } from '../../cli/commands/status.ts';
import { train } from '../../cli/commands/train.ts';
import type { RunFailed } from '../../cli/run/run-failed.ts';
import { arrowFile, classifier } from '../fixtures/small-data.ts';
import { commandContext, testHome } from './command-context.ts';

const home = testHome();
const warehouse = join(home.folder, 'warehouse');
const { context, lines } = commandContext(home);
let up: EmbeddedCloud;

beforeAll(async () => {
  mkdirSync(join(warehouse, 'main'), { recursive: true });
  const { interrupt } = context;
  up = await startEmbedded({
    home,
    interrupt,
    shared: true,
    say: context.screen.say,
    warehouse,
    capacity: { 'g5.xlarge/us-east-1a/on-demand': 1 },
  });
}, 120_000);
afterAll(async () => {
  await up?.cloud.close();
  home.remove();
});

const TRAIN = {
  kind: 'train',
  name: 'job',
  gang: { hosts: 1, tasksPerHost: 2, instanceTypes: ['g7e.12xlarge'], zones: ['us-east-1a'] },
  task: { module: './task.ts' },
  limits: { maxQueueS: 2, barrierTimeoutS: 10, graceS: 1, restarts: { infrastructure: 0 } },
};
const TASK = `import { run } from 'lockstep/task';
await run(async (task) => {
  console.log('rank', task.rank);
  const [sum = 0] = await task.allReduce(Float32Array.of(task.rank + 1));
  if (task.rank === 0) await task.result({ sum }, { 'note.txt': Buffer.from('done') });
});
`;

/** Hosts that the fleet still runs. */
async function runningHosts(): Promise<number> {
  const reply = await fetch(`${up.file.fleetControlUrl}/instances`);
  const all = (await reply.json()) as readonly { readonly state: string }[];
  return all.filter(({ state }) => state !== 'terminated').length;
}

const failsWith = (run: Promise<unknown>, code: ErrorCode, message: RegExp) =>
  expect(run).rejects.toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));

describe('lockstep train', () => {
  it('trains a module from another folder, leaves its result, logs and report, and no host', async () => {
    home.write('task.ts', TASK);
    const summary = await train(home.write('train.yaml', TRAIN), {}, context);
    expect(summary).toMatchObject({ ok: true, kind: 'train', attempts: 1, hostsAcquired: 1, hostsReleased: 1 });
    expect(Object.keys(summary.phases)).toEqual(['stage', 'acquire', 'train', 'publish', 'release']);
    const [runId = ''] = summary.runs;
    expect(readFileSync(summary.report, 'utf8')).toContain(runId);
    expect((await logs(runId, { rank: 1 }, context)).map(({ text }) => text)).toContain('rank 1');
    const written = await logs(runId, { functions: true }, context);
    expect(written).toContainEqual(expect.objectContaining({ function: 'AcquireHosts', level: 'info' }));
    const committed = { function: 'PublishResult', text: expect.stringMatching(/^committed attempt=0 /) };
    // The end of a host is told whenever it comes, also after that.
    expect(written).toContainEqual(expect.objectContaining(committed));
    expect(await statusOf(runId, context)).toMatchObject({ runId, kind: 'train', state: 'succeeded' });
    expect(await runningHosts()).toBe(0);
  });

  it('fails with the words of the task that failed, keeps its logs, and leaves no host', async () => {
    home.write(
      'broken.ts',
      `import { run } from 'lockstep/task';\nawait run(() => { throw new Error('no such weights'); });\n`,
    );
    const job = home.write('broken.yaml', { ...TRAIN, task: { module: './broken.ts' } });
    const error = await train(job, {}, context).catch((reason: unknown) => reason as RunFailed);
    expect(error).toMatchObject({ code: 'LS_TASK_FAILED', message: expect.stringMatching(/no such weights/) });
    expect(await runningHosts()).toBe(0);
    const { runs, logs: folder = '', report, history } = (error as RunFailed).run;
    const { rank } = history?.at(-1) ?? {};
    expect(readFileSync(join(folder, '0', `${rank}.log`), 'utf8')).toContain('no such weights');
    expect(readFileSync(report, 'utf8')).toContain('no such weights');
    expect(history?.at(-1)).toMatchObject({ state: 'failed', chargedTo: 'user', rank: expect.any(Number) });
    const line = await statusOf(runs[0] ?? '', context);
    expect(line).toMatchObject({ state: 'failed', detail: expect.stringMatching(/no such weights/), history });
  });

  it('keeps what is known of a run that was cancelled', async () => {
    home.write(
      'endless.ts',
      `import { run } from 'lockstep/task';\nawait run(() => new Promise(() => setInterval(() => {}, 1000)));\n`,
    );
    const job = home.write('endless.yaml', { ...TRAIN, task: { module: './endless.ts' } });
    const pressed = new AbortController();
    const { context: pressable, lines: said } = commandContext(home, pressed.signal);
    const running = train(job, {}, pressable).catch((reason: unknown) => reason as RunFailed);
    await vi.waitUntil(() => said.includes('train: started'), { timeout: 30_000 });
    pressed.abort(new LockstepError('LS_CANCELLED', 'cancelled by SIGINT'));
    const error = await running;
    expect(error).toMatchObject({ code: 'LS_CANCELLED', message: 'cancelled by SIGINT' });
    const { runs, report } = (error as RunFailed).run;
    expect(said.join('\n')).toMatch(/train: failed after .*\n[\s\S]*cancel: started/);
    expect(readFileSync(report, 'utf8')).toContain('cancelled by SIGINT');
    expect(listKept(home).find(({ runId }) => runId === runs[0])).toMatchObject({
      ...{ kind: 'train', result: { ok: false, code: 'LS_CANCELLED' } },
    });
    expect(await runningHosts()).toBe(0);
  });

  it('refuses a query that the warehouse refuses, with its reason', async () => {
    const data = { sql: { database: 'main', query: 'SELECT nothing FROM nowhere' } };
    const job = home.write('query.yaml', { ...TRAIN, data });
    await failsWith(train(job, {}, context), 'LS_QUERY_FAILED', /nowhere/);
  });

  it('refuses a data source that holds nothing', async () => {
    const data = { s3: { uri: `s3://${up.cloud.bucket}/none/` } };
    await failsWith(train(home.write('empty.yaml', { ...TRAIN, data }), {}, context), 'LS_DATA_EMPTY', /none/);
  });

  it('refuses more hosts than there are', async () => {
    const gang = { hosts: 3, tasksPerHost: 1, instanceTypes: ['g5.xlarge'], zones: ['us-east-1a'] };
    const run = train(home.write('many.yaml', { ...TRAIN, gang }), {}, context);
    await expect(run).rejects.toThrow(expect.objectContaining({ kind: 'capacity' }));
    expect(await runningHosts()).toBe(0);
  });

  it('refuses, before anything starts, more accelerators than any type has', async () => {
    const gang = { ...TRAIN.gang, perTask: { gpu: 16 } };
    const before = lines.length;
    await failsWith(
      train(home.write('huge.yaml', { ...TRAIN, gang }), {}, context),
      'LS_JOB_IMPOSSIBLE',
      /g7e\.12xlarge has 2/,
    );
    expect(lines.slice(before)).toEqual([]);
  });

  it.each([
    ['a module that is not there', { module: './none.ts' }, /none\.ts, and there is no such file/],
    ['a module that imports what is not there', { module: './lost.ts' }, /Could not resolve "\.\/gone\.ts"/],
    ['a script that is not there', { command: ['./none.sh'] }, /none\.sh/],
    [
      'a program that is not there',
      { command: ['no-such-program', 'x'] },
      /`no-such-program`, which is not on the PATH/,
    ],
    ['a file that is not there', { module: './task.ts', files: ['words.txt'] }, /words\.txt does not exist/],
    ['a file from outside', { module: './task.ts', files: ['../x.txt'] }, /lies outside of the folder of the job file/],
  ])('refuses %s', async (_what, task, message) => {
    home.write('lost.ts', `import './gone.ts';\n`);
    await failsWith(train(home.write('task.yaml', { ...TRAIN, task }), {}, context), 'LS_JOB_COMMAND_MISSING', message);
  });

  it('refuses a warehouse that is not there', async () => {
    const job = home.write('warehouse.yaml', { ...TRAIN, local: { warehouse: './none' } });
    await failsWith(train(job, {}, context), 'LS_DATA_UNREADABLE', /there is no folder .*none/);
  });

  it('says what a prepare command said when it failed', async () => {
    const prepare = ['node', '-e', 'console.error("no disk left"); process.exit(3)'];
    const job = home.write('prepare.yaml', { ...TRAIN, local: { prepare } });
    await failsWith(train(job, {}, context), 'LS_DATA_UNREADABLE', /ended with 3[\s\S]*no disk left/);
  });
});

describe('lockstep infer', () => {
  const INFER = {
    kind: 'infer',
    name: 'job',
    model: './model.onnx',
    input: ['./rows.arrow'],
    predict: { kernel: 'argmax' },
  };
  beforeAll(async () => {
    home.write('rows.arrow', await arrowFile(3, 40));
    home.write('model.onnx', classifier(3));
  });

  it('predicts every row and commits one manifest', async () => {
    const summary = await infer(home.write('infer.yaml', INFER), context);
    expect(summary).toMatchObject({ ok: true, kind: 'infer', rowsPredicted: 40 });
    expect(summary.outputs).toMatch(/^s3:\/\/.*\/_SUCCESS\.json$/);
    expect(readFileSync(summary.report, 'utf8')).toContain('rows predicted');
    const written = await logs(summary.runs[0] ?? '', {}, context);
    expect(written.map(showLogLine)).toEqual([
      expect.stringMatching(/^PlanInference planned partitions=1 inputs=1$/),
      expect.stringMatching(/^InferPartition predicted partition=0 rows=40 /),
      expect.stringMatching(/^CommitInference committed .*rows=40$/),
    ]);
  });

  it.each([
    ['a model that is not ONNX', { model: './rows.arrow' }, 'LS_MODEL_UNREADABLE', /expected an ONNX model/],
    ['a model that is not there', { model: './none.onnx' }, 'LS_MODEL_UNREADABLE', /none\.onnx/],
    ['a model nobody has published', { model: 'published:nobody' }, 'LS_MODEL_UNREADABLE', /nobody/],
    [
      'a model of another width, naming both sides',
      { model: './wide.onnx' },
      'LS_MODEL_MISMATCH',
      /float32\[N,5\].*features: FixedSizeList<Float32>\[3\]/,
    ],
    ['a truncated Arrow file', { input: ['./cut.arrow'] }, 'LS_ARROW_CORRUPT', /cut\.arrow/],
    [
      'a file that is not Arrow',
      { input: ['./text.arrow'] },
      'LS_ARROW_CORRUPT',
      /expected an Arrow IPC file or stream/,
    ],
    ['an input that is not there', { input: ['./none.arrow'] }, 'LS_DATA_UNREADABLE', /none\.arrow/],
    ['a prefix that holds nothing', { input: ['s3://BUCKET/none/'] }, 'LS_DATA_EMPTY', /none/],
  ] as const)('refuses %s, and commits nothing', async (_what, change, code, message) => {
    home.write('wide.onnx', classifier(5));
    home.write('cut.arrow', (await arrowFile(3, 40)).slice(0, 400));
    home.write('text.arrow', 'id,label\n1,2\n3,4\n');
    const text = JSON.stringify({ ...INFER, ...change }).replace('BUCKET', up.cloud.bucket);
    const before = await successes();
    await failsWith(infer(home.write('bad.yaml', text), context), code, message);
    expect(await successes()).toEqual(before);
  });

  it('finds a run that an event started: how it failed, and that there is nothing to cancel', async () => {
    const { bucket, objects } = up.cloud;
    const job = { ...INFER, name: 'inbox-job', model: `s3://${bucket}/no-model.onnx` };
    await objects.put(`s3://${bucket}/jobs/inbox-job.json`, Buffer.from(JSON.stringify(job)));
    const key = 'inbox/inbox-job/rows.arrow';
    await objects.put(`s3://${bucket}/${key}`, await arrowFile(3, 4));
    const line = async () => (await status({}, context)).find((run) => run.runId.startsWith('inbox-job-'));
    await vi.waitUntil(async () => (await line())?.state === 'failed', { timeout: 30_000, interval: 200 });
    const { runId = '', detail } = (await line()) ?? {};
    expect(detail).toMatch(/^LS_\w+: /);
    expect(await cancel(runId, context)).toBe(`${runId} has ended already: failed`);
  });

  it('refuses a folder without Arrow files', async () => {
    await failsWith(infer(home.write('none.yaml', { ...INFER, input: ['../runs'] }), context), 'LS_DATA_EMPTY', /runs/);
  });
});

describe('lockstep plan', () => {
  it('shows how an inference would be divided, without a trace of it', async () => {
    const job = {
      kind: 'infer',
      name: 'job',
      model: './model.onnx',
      input: ['./rows.arrow'],
      predict: { kernel: 'argmax' },
    };
    const before = await status({}, context);
    const planned = await plan(home.write('plan.yaml', job), context);
    expect(planned.object).toMatchObject({
      kind: 'infer',
      prediction: { kind: 'onnx', bindings: [{ input: 'x', columns: ['features'] }] },
    });
    expect(planned.lines).toContain('  outputs: label: the class with the largest score; scores: `scores`');
    expect(planned.lines.at(-1)).toMatch(/0: 1 record batch, /);
    expect(await status({}, context)).toEqual(before);
  });

  it('shows the candidates of a gang, in the order in which they are tried', async () => {
    home.write('task.ts', TASK);
    const gang = { ...TRAIN.gang, zones: ['b', 'a'], markets: ['spot', 'on-demand'] };
    const planned = await plan(home.write('plan.yaml', { ...TRAIN, gang }), context);
    expect(planned.lines.slice(2, 6)).toEqual([
      '  1. g7e.12xlarge, spot, b',
      '  2. g7e.12xlarge, spot, a',
      '  3. g7e.12xlarge, on-demand, b',
      '  4. g7e.12xlarge, on-demand, a',
    ]);
    expect(planned.lines.at(6)).toMatch(/^code package: 1 file, [\d.]+ KiB: task\.mjs$/);
    expect(planned.object).toMatchObject({ codeBytes: expect.any(Number) });
  });

  it('looks at the module and at the query, and writes nothing', async () => {
    home.write('task.ts', TASK);
    mkdirSync(join(warehouse, 'shop'), { recursive: true });
    writeFileSync(join(warehouse, 'shop', 'orders.csv'), 'id,price\n1,2.5\n');
    const asking = (query: string) => ({
      ...{ ...TRAIN, data: { sql: { database: 'shop', query } }, local: { warehouse } },
    });
    const planOf = (job: object) => plan(home.write('plan.yaml', job), context);
    const before = readdirSync(home.folder, { recursive: true });

    const planned = await planOf(asking('SELECT id, price * 2 AS twice FROM orders'));
    expect(planned.lines.at(-1)).toBe('data: the query gives id BIGINT, twice DOUBLE');
    await expect(planOf(asking('SELECT id FROM ordres'))).rejects.toMatchObject({
      ...{ code: 'LS_QUERY_FAILED', message: expect.stringContaining('ordres'), remedy: 'Did you mean orders?' },
    });
    await expect(planOf(asking('SELECT prise FROM orders'))).rejects.toMatchObject({
      ...{ code: 'LS_QUERY_FAILED', message: expect.stringContaining('prise'), remedy: 'Did you mean price?' },
    });
    await expect(planOf({ ...TRAIN, task: { module: './tsak.ts' } })).rejects.toMatchObject({
      ...{ code: 'LS_JOB_COMMAND_MISSING', remedy: expect.stringMatching(/^Did you mean .*task\.ts\?$/) },
    });
    const later = { ...asking('SELECT 1'), local: { warehouse: './later' } };
    expect((await planOf(later)).lines.at(-1)).toMatch(/not checked: the query: there is no warehouse in .*later yet/);
    expect(readdirSync(home.folder, { recursive: true })).toEqual(before);
  });
});

/** Keys of all committed inference manifests. */
async function successes(): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { uri } of up.cloud.objects.list(`s3://${up.cloud.bucket}/runs/`)) {
    if (uri.endsWith('_SUCCESS.json')) keys.push(uri);
  }
  return keys;
}
