import { describe, expect, it } from 'vitest';
import type { InferenceState, ObjectCreated } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { enterInbox, inboxRunId } from '#flows/inference/inbox.ts';
import { listInputs } from '#flows/inference/list-inputs.ts';
import { BUCKET, newJob, newWorld } from './world.ts';

const created = (key: string, etag = 'abc'): ObjectCreated => ({
  id: 'e1',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: BUCKET }, object: { key, etag, size: 1 } },
});

async function withJob() {
  const world = newWorld();
  const body = new TextEncoder().encode(JSON.stringify(newJob()));
  await world.objects.put(`s3://${BUCKET}/jobs/toy.json`, body);
  return world;
}

describe('enterInbox', () => {
  it('makes a file in the inbox the input of a run of the job that serves it', async () => {
    const { objects } = await withJob();
    const state = (await enterInbox(objects, created('inbox/toy/new.arrow'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await objects.get(state.jobUri)).bytes));
    expect(job).toEqual(newJob({ input: [`s3://${BUCKET}/inbox/toy/new.arrow`] }));
    expect(state.runId).toMatch(/^toy-[0-9a-f]{16}$/);
  });

  it('makes everything beside _READY the input', async () => {
    const { objects } = await withJob();
    const state = (await enterInbox(objects, created('inbox/toy/day/7/_READY'))) as InferenceState;
    const job: InferJob = JSON.parse(new TextDecoder().decode((await objects.get(state.jobUri)).bytes));
    expect(job.input).toEqual([`s3://${BUCKET}/inbox/toy/day/7/`]);
  });

  it('starts one run for an event that comes twice, and another for another version of the object', async () => {
    const { objects } = await withJob();
    const state = await enterInbox(objects, created('inbox/toy/a.arrow'));
    expect(await enterInbox(objects, created('inbox/toy/a.arrow'))).toEqual(state);
    expect(await enterInbox(objects, created('inbox/toy/a.arrow', 'def'))).not.toEqual(state);
    const id = inboxRunId({ job: 'toy', bucket: BUCKET, key: 'inbox/toy/a.arrow', etag: '"abc"' });
    expect(state).toMatchObject({ runId: id });
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

describe('listInputs', () => {
  it('takes objects and folders, each object once, in the order of the job and then of the keys', async () => {
    const { objects } = newWorld();
    for (const key of ['in/b', 'in/a', 'in/_READY', 'in/.tmp', 'in/sub/c', 'in/_temporary/x', 'in-other/z', 'one']) {
      await objects.put(`s3://${BUCKET}/${key}`, new Uint8Array(1));
    }
    const uris = ['one', 'in', 'in/a'].map((key) => `s3://${BUCKET}/${key}`);
    const found = (await listInputs(objects, uris)).map(({ uri }) => uri.replace(`s3://${BUCKET}/`, ''));
    expect(found).toEqual(['one', 'in/a', 'in/b', 'in/sub/c']);
  });

  it('says which of them holds nothing', async () => {
    await expect(listInputs(newWorld().objects, ['s3://data/void/'])).rejects.toMatchObject({
      code: 'LS_DATA_EMPTY',
      message: 's3://data/void/ holds no objects, expected Arrow files',
    });
  });
});
