import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { remoteTrainJob } from '#formats/job/remote-job.ts';
import { loadJob } from '../../../cli/job/load-job.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-jobs-'));
const write = (name: string, document: unknown) => {
  writeFileSync(join(folder, name), JSON.stringify(document));
  return join(folder, name);
};
afterAll(() => rmSync(folder, { recursive: true }));

const TRAIN = {
  kind: 'train',
  name: 'digits',
  gang: { hosts: 1, instanceTypes: ['g5.xlarge'] },
  task: { module: './train.ts', files: ['words.txt'] },
  local: { warehouse: './data', prepare: ['node', 'prepare.ts'] },
};
const INFER = { kind: 'infer', name: 'digits', model: './model.onnx', input: ['./batch', 's3://b/more/'] };

describe('a job file', () => {
  beforeAll(() => mkdirSync(join(folder, 'elsewhere')));

  it('has its paths resolved against its own folder, not the working directory', () => {
    const loaded = loadJob(write('train.yaml', TRAIN));
    expect(loaded).toMatchObject({
      kind: 'train',
      code: { folder, module: join(folder, 'train.ts'), files: [join(folder, 'words.txt')] },
      job: { task: { command: ['node', 'task.mjs'] }, local: { warehouse: join(folder, 'data') } },
    });
  });

  it('takes what the command line sets, paths beside the file as well, and hands arguments to the tasks', () => {
    const file = write('train.yaml', TRAIN);
    const set = ['gang.hosts=4', 'task.module=./other.ts'];
    expect(loadJob(file, { set, args: ['--lr', '0.1'] })).toMatchObject({
      code: { module: join(folder, 'other.ts') },
      job: { gang: { hosts: 4 }, task: { command: ['node', 'task.mjs', '--lr', '0.1'] } },
    });
  });

  it('publishes under its own name where it gives no other', () => {
    expect(loadJob(write('train.yaml', TRAIN)).job).toMatchObject({ publish: 'digits' });
    expect(loadJob(write('train.yaml', { ...TRAIN, publish: 'best' })).job).toMatchObject({ publish: 'best' });
  });

  it('leaves alone what is in the cloud already', () => {
    expect(loadJob(write('infer.yaml', INFER)).job).toMatchObject({
      model: join(folder, 'model.onnx'),
      input: [join(folder, 'batch'), 's3://b/more/'],
    });
    const published = { ...INFER, model: 'published:digits' };
    expect(loadJob(write('infer.yaml', published)).job).toMatchObject({ model: 'published:digits' });
  });

  it('makes of a pipeline one job, whose inference takes the model that its training publishes', () => {
    write('train.yaml', { ...TRAIN, publish: 'best' });
    write('infer.yaml', INFER);
    const pipeline = { kind: 'pipeline', name: 'all', train: '../train.yaml', infer: '../infer.yaml' };
    const loaded = loadJob(write('elsewhere/pipeline.yaml', { ...pipeline, evaluate: { label: 'label' } }));
    expect(loaded).toMatchObject({
      kind: 'pipeline',
      infer: { job: { model: 'published:best' } },
      job: { evaluate: { label: 'label', where: {} }, local: { warehouse: join(folder, 'data') } },
    });
  });

  it('is LS_JOB_NOT_FOUND where there is none', () => {
    const path = join(folder, 'none.yaml');
    expect(() => loadJob(path)).toThrow(
      expect.objectContaining({ code: 'LS_JOB_NOT_FOUND', message: `${path}: there is no such file` }),
    );
    expect(() => loadJob(folder)).toThrow(expect.objectContaining({ code: 'LS_JOB_NOT_FOUND' }));
  });

  it('is refused where a pipeline refers to a job of another kind', () => {
    write('infer.yaml', INFER);
    const pipeline = write('pipeline.yaml', { kind: 'pipeline', name: 'p', train: 'infer.yaml', infer: 'infer.yaml' });
    expect(() => loadJob(pipeline)).toThrow(/infer\.yaml kind: expected train, as the pipeline says, got infer$/);
  });

  it('is refused where a pipeline infers with a module, with the line that would be right', () => {
    write('train.yaml', TRAIN);
    write('module.yaml', { ...INFER, model: './predict.ts', predict: { kind: 'module' } });
    const pipeline = write('pipeline.yaml', { kind: 'pipeline', name: 'p', train: 'train.yaml', infer: 'module.yaml' });
    expect(() => loadJob(pipeline)).toThrow(
      expect.objectContaining({
        code: 'LS_JOB_INVALID',
        message: expect.stringMatching(/module\.yaml: .* got predict\.kind: module$/),
        remedy: expect.stringContaining('Say `model: published:digits` and no `predict.kind` there'),
      }),
    );
    write('module.yaml', { ...INFER, model: 'published:digits' });
    expect(loadJob(pipeline)).toMatchObject({ kind: 'pipeline', job: { infer: { model: 'published:digits' } } });
  });

  it('is refused where a pipeline infers the result of a query, which no inbox takes', () => {
    write('train.yaml', TRAIN);
    write('query.yaml', { ...INFER, input: { sql: { database: 'shop', query: 'SELECT 1' } } });
    const pipeline = write('pipeline.yaml', { kind: 'pipeline', name: 'p', train: 'train.yaml', infer: 'query.yaml' });
    expect(() => loadJob(pipeline)).toThrow(/query\.yaml: a pipeline puts what it infers into the inbox as files/);
    expect(loadJob(join(folder, 'query.yaml'))).toMatchObject({ job: { input: [], sql: { database: 'shop' } } });
  });

  it('is refused where a pipeline names itself', () => {
    const pipeline = write('self.yaml', { kind: 'pipeline', name: 'p', train: 'self.yaml', infer: 'self.yaml' });
    expect(() => loadJob(pipeline)).toThrow(/self\.yaml kind: expected train, as the pipeline says, got pipeline$/);
  });

  it('means the same in the cloud as where it was read, apart from what only this machine needs', () => {
    const loaded = loadJob(write('train.yaml', TRAIN));
    const { local: _, ...job } = loaded.job;
    expect(remoteTrainJob(JSON.stringify(job), 's3://b/job.json')).toEqual(job);
  });
});
