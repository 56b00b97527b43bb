import { describe, expect, it } from 'vitest';
import { fieldText } from '#core/inference/prediction.ts';
import type { InferenceState } from '#core/inference/state.ts';
import { INFER_LIMITS } from '#core/job/defaults.ts';
import { enterInbox } from '#flows/inference/inbox.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { servedJobs, serveJob, unserveJob } from '#flows/runs/served-jobs.ts';
import { batchOf, fileBytes } from '../../formats/arrow/files.ts';
import { created } from '../inference/created.ts';
import { BUCKET, newJob, newWorld } from '../inference/world.ts';

const limits = INFER_LIMITS;
const job = newJob({ name: 'toy', model: '/home/somebody/toy.onnx', input: ['s3://inbox/arrives'], limits });
const model = new TextEncoder().encode('a model');

async function served() {
  const world = newWorld();
  const line = await serveJob(world, { job, model });
  return { world, line };
}

describe('a job that serves its inbox', () => {
  it('is what the inbox runs, over what arrived and with the model that was brought along', async () => {
    const { world, line } = await served();
    expect(line).toEqual({
      name: 'toy',
      model: expect.stringMatching(/^s3:\/\/data\/models\/toy\/served-[0-9a-f]{64}\.onnx$/),
      inbox: 's3://data/inbox/toy/',
    });
    expect((await world.objects.get(line.model)).bytes).toEqual(model);
    const { jobUri } = (await enterInbox(world.objects, created('inbox/toy/a.arrow'))) as InferenceState;
    const entered = JSON.parse(new TextDecoder().decode((await world.objects.get(jobUri)).bytes));
    expect(entered).toEqual({ ...job, model: line.model, input: ['s3://data/inbox/toy/a.arrow'] });
  });

  it('predicts with a module that was brought along', async () => {
    const world = newWorld();
    const predict = { kind: 'module', as: 'prediction', timeoutS: 20 } as const;
    const source = Buffer.from('export default (batch) => ({ rows: new Int32Array(batch.numRows) });');
    const line = await serveJob(world, { job: { ...job, model: '/home/somebody/predict.ts', predict }, model: source });
    expect(line.model).toMatch(/^s3:\/\/data\/models\/toy\/served-[0-9a-f]{64}\.mjs$/);
    expect(await servedJobs(world)).toEqual([line]);
    await world.objects.put('s3://data/inbox/toy/a.arrow', await fileBytes([batchOf(0, 3)]));
    const { runId, jobUri } = (await enterInbox(world.objects, created('inbox/toy/a.arrow'))) as InferenceState;
    const { plan } = await planRun(world.ports, { runId, jobUri });
    expect(plan.prediction).toMatchObject({ kind: 'module', model: { uri: line.model }, timeoutS: 20 });
    expect(plan.prediction.fields.map(fieldText)).toEqual(['rows: int32']);
    await world.close();
  });

  it('keeps its rule of what is data', async () => {
    const world = newWorld();
    await serveJob(world, { job: { ...job, match: ['*.pq'] }, model });
    const { jobUri } = (await enterInbox(world.objects, created('inbox/toy/day/_READY'))) as InferenceState;
    const entered = JSON.parse(new TextDecoder().decode((await world.objects.get(jobUri)).bytes));
    expect(entered).toMatchObject({ input: ['s3://data/inbox/toy/day/'], match: ['*.pq'] });
  });

  it('is listed, and a document that nobody can run beside it with what is wrong', async () => {
    const { world, line } = await served();
    await world.objects.put(`s3://${BUCKET}/jobs/broken.json`, new TextEncoder().encode('kind: infer\nname: broken\n'));
    expect(await servedJobs(world)).toEqual([
      { name: 'broken', inbox: 's3://data/inbox/broken/', problem: expect.stringMatching(/model/) },
      line,
    ]);
  });

  it('serves no more once that is ended, by its name', async () => {
    const { world } = await served();
    await expect(unserveJob(world, 'tov')).rejects.toMatchObject({
      ...{
        code: 'LS_JOB_NOT_FOUND',
        message: 'no job tov serves an inbox; served are toy',
        remedy: 'Did you mean `toy`?',
      },
    });
    await unserveJob(world, 'toy');
    expect(await servedJobs(world)).toEqual([]);
    await expect(enterInbox(world.objects, created('inbox/toy/a.arrow'))).rejects.toMatchObject({
      code: 'LS_JOB_NOT_FOUND',
      remedy: expect.stringContaining('lockstep serve'),
    });
  });

  it.each([
    ['published:nothing', /no model is published under the name nothing/],
    ['s3://data/no.onnx', 'there is no object s3://data/no.onnx'],
  ])('is refused while there is no %s', async (missing, message) => {
    const world = newWorld();
    await expect(serveJob(world, { job: { ...job, model: missing } })).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(message),
    });
    expect(await servedJobs(world)).toEqual([]);
  });
});
