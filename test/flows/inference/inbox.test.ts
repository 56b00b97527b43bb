import { describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import { INFER_LIMITS } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import { enterInbox } from '#flows/inference/inbox.ts';
import { listInputs } from '#flows/inference/list-inputs.ts';
import { created } from './created.ts';
import { BUCKET, newJob, newWorld } from './world.ts';

type World = ReturnType<typeof newWorld>;

async function put({ objects }: World, job: InferJob | string): Promise<void> {
  const text = typeof job === 'string' ? job : JSON.stringify(job);
  await objects.put(`s3://${BUCKET}/jobs/toy.json`, new TextEncoder().encode(text));
}

/** Within the limits that a document may set. */
const servedJob = (changes: Partial<InferJob> = {}): InferJob => newJob({ limits: INFER_LIMITS, ...changes });

async function withJob() {
  const world = newWorld();
  await put(world, servedJob());
  return world;
}

describe('enterInbox', () => {
  it('makes a file in the inbox the input of a run of the job that serves it', async () => {
    const { objects } = await withJob();
    const state = (await enterInbox(objects, created('inbox/toy/new.arrow'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await objects.get(state.jobUri)).bytes));
    expect(job).toEqual(servedJob({ input: [`s3://${BUCKET}/inbox/toy/new.arrow`] }));
    expect(state.runId).toMatch(/^toy-[0-9a-f]{16}$/);
  });

  it('keeps the rule of what is data that the job has, and replaces only where it reads', async () => {
    const world = newWorld();
    const { input: _, ...document } = servedJob();
    await put(world, JSON.stringify({ ...document, input: { from: ['s3://elsewhere/'], match: ['*.pq', 'x/**'] } }));
    const state = (await enterInbox(world.objects, created('inbox/toy/day/7/_READY'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await world.objects.get(state.jobUri)).bytes));
    expect(job).toEqual(servedJob({ input: [`s3://${BUCKET}/inbox/toy/day/7/`], match: ['*.pq', 'x/**'] }));
  });

  it('refuses a job that reads a query, which nothing that arrives is', async () => {
    const world = newWorld();
    const { input: _, ...document } = servedJob();
    await put(world, JSON.stringify({ ...document, input: { sql: { database: 'shop', query: 'SELECT 1' } } }));
    await expect(enterInbox(world.objects, created('inbox/toy/new.arrow'))).rejects.toMatchObject({
      code: 'LS_JOB_INVALID',
      message: expect.stringContaining('input.sql: an inbox infers the objects'),
    });
  });

  it('makes everything beside _READY the input', async () => {
    const { objects } = await withJob();
    const state = (await enterInbox(objects, created('inbox/toy/day/7/_READY'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await objects.get(state.jobUri)).bytes));
    expect(job.input).toEqual([`s3://${BUCKET}/inbox/toy/day/7/`]);
  });

  it('starts one run for an event that comes twice, however its etag is quoted', async () => {
    const { objects } = await withJob();
    const state = await enterInbox(objects, created('inbox/toy/a.arrow'));
    expect(await enterInbox(objects, created('inbox/toy/a.arrow'))).toEqual(state);
    expect(await enterInbox(objects, created('inbox/toy/a.arrow', '01', '"abc"'))).toEqual(state);
  });

  it('starts another run for a batch that is announced again, though its empty marker has the same bytes', async () => {
    const { objects } = await withJob();
    const first = await enterInbox(objects, created('inbox/toy/day/_READY', '01'));
    const again = await enterInbox(objects, created('inbox/toy/day/_READY', '02'));
    expect(again).toMatchObject({ runId: expect.stringMatching(/^toy-/) });
    expect(again).not.toEqual(first);
  });

  it('starts another run for the same event once the job is corrected', async () => {
    const world = await withJob();
    const first = await enterInbox(world.objects, created('inbox/toy/a.arrow'));
    await put(world, { ...servedJob(), model: 's3://data/models/corrected.onnx' });
    const second = (await enterInbox(world.objects, created('inbox/toy/a.arrow'))) as InferenceState;
    expect(second).not.toEqual(first);
    const job = JSON.parse(new TextDecoder().decode((await world.objects.get(second.jobUri)).bytes));
    expect(job.model).toBe('s3://data/models/corrected.onnx');
  });

  it('reads the job as a job file is read: in YAML, its defaults filled in, its mistakes named', async () => {
    const world = await withJob();
    await put(world, 'kind: infer\nname: toy\nmodel: published:toy\n');
    const state = (await enterInbox(world.objects, created('inbox/toy/a.arrow'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await world.objects.get(state.jobUri)).bytes));
    expect(job).toMatchObject({
      columns: {},
      output: { keep: 'all' },
      limits: INFER_LIMITS,
      predict: { as: 'prediction' },
    });
    for (const [text, message] of [
      ['kind: infer\nname: toy\nmodel: published:toy\npredict: { kernel: argmix }\n', /jobs\/toy\.json.*argmix/s],
      ['kind: infer\nname: toy\nmodel: ./toy.onnx\n', /model: expected s3:.* or published:NAME, got "\.\/toy\.onnx"/],
      ['kind: train\nname: toy\n', /jobs\/toy\.json/],
    ] as const) {
      await put(world, text);
      await expect(enterInbox(world.objects, created('inbox/toy/b.arrow'))).rejects.toMatchObject({
        code: 'LS_JOB_INVALID',
        message: expect.stringMatching(message),
      });
    }
  });

  it.each(['inbox/toy/day/part.arrow', 'inbox/toy/_READY', 'inbox/x.arrow', 'elsewhere/toy/x.arrow'])(
    'ignores %s',
    async (key) => {
      const { objects } = await withJob();
      expect(await enterInbox(objects, created(key))).toEqual({ ignored: expect.stringContaining(key) });
    },
  );

  it('says which job is missing', async () => {
    const { objects } = newWorld();
    await expect(enterInbox(objects, created('inbox/toy/a.arrow'))).rejects.toMatchObject({
      code: 'LS_JOB_NOT_FOUND',
      message: 'inbox/toy/a.arrow was put into the inbox, but jobs/toy.json is missing',
    });
  });
});

const plainly = () => ({});

describe('listInputs', () => {
  it('takes objects and folders, each object once, in the order of the job and then of the keys', async () => {
    const { objects } = newWorld();
    for (const key of ['in/b', 'in/a', 'in/_READY', 'in/.tmp', 'in/sub/c', 'in/_temporary/x', 'in-other/z', 'one']) {
      await objects.put(`s3://${BUCKET}/${key}`, new Uint8Array(1));
    }
    const uris = ['one', 'in', 'in/a'].map((key) => `s3://${BUCKET}/${key}`);
    const { heads, skipped } = await listInputs(objects, uris, plainly);
    const keyOf = ({ uri }: { readonly uri: string }) => uri.replace(`s3://${BUCKET}/`, '');
    expect(heads.map(keyOf)).toEqual(['one', 'in/a', 'in/b', 'in/sub/c']);
    expect(skipped.count).toBe(4);
    expect(skipped.some.map((each) => `${keyOf(each)}: ${each.reason}`)).toEqual([
      'in/.tmp: `.tmp` begins with `.`, as markers do',
      'in/_READY: `_READY` begins with `_`, as markers do',
      'in/_temporary/x: `_temporary` begins with `_`, as markers do',
      'in/a: it is named twice, and read once',
    ]);
  });

  it('reads what was chosen one by one whatever its ending, and of other folders the tables', async () => {
    const { objects } = newWorld();
    await objects.put(`s3://${BUCKET}/in/a.bin`, new Uint8Array(1));
    const uris = [`s3://${BUCKET}/in/`];
    expect((await listInputs(objects, uris, () => ({ isAllMeant: true }))).heads).toHaveLength(1);
    await expect(listInputs(objects, uris, plainly)).rejects.toMatchObject({
      code: 'LS_DATA_EMPTY',
      message: expect.stringContaining('a.bin: `.bin` is no ending of a table'),
    });
  });

  it('says which of them holds nothing', async () => {
    await expect(listInputs(newWorld().objects, ['s3://data/void/'], plainly)).rejects.toMatchObject({
      code: 'LS_DATA_EMPTY',
      message: 's3://data/void/ holds nothing to read, expected Arrow or Parquet files',
    });
  });
});
