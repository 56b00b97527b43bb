import { expect, it } from 'vitest';
import { leftOut } from '#core/inference/folder.ts';
import { describeRun, listRuns } from '#flows/runs/describe-run.ts';
import { startInference } from '#flows/runs/start-run.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { newJob } from '../inference/world.ts';
import { runsWorld } from './runs-world.ts';

const RUN = { runId: 'a', kind: 'train', job: 'job', startedAt: 7 } as const;

it('tells how a run is doing, from its execution, its gang and its own words', async () => {
  const { ports, gang } = runsWorld();
  await ports.runs.record(RUN);
  await ports.workflows.start('training', 'a', {});
  await gang('a', { epoch: 3 });
  const progress = { attempt: 0, step: 2, of: 4, metrics: { loss: 1 } };
  await ports.progress.put('a', progress);
  expect(await listRuns(ports, 5)).toEqual([
    {
      ...RUN,
      ...{ state: 'running', gang: { phase: 'RUNNING', attempt: 0 }, progress },
      history: [{ attempt: 0, state: 'running', replaced: [], barriers: 3 }],
    },
  ]);
});

it('tells that a run was cancelled where the workflow failed for that reason, and not that it failed', async () => {
  const { ports } = runsWorld();
  await ports.runs.record(RUN);
  const id = await ports.workflows.start('training', 'a', {});
  const failure = { code: 'LS_CANCELLED', message: 'cancelled by me' };
  ports.workflows.end(id, { failure });
  expect(await listRuns(ports, 5)).toMatchObject([{ state: 'cancelled', failure, endedAt: 0 }]);
});

it('remembers by its manifest a run whose execution nobody remembers', async () => {
  const { ports } = runsWorld();
  await ports.runs.record(RUN);
  expect(await listRuns(ports, 5)).toMatchObject([{ state: 'unknown' }]);
  await ports.objects.put('s3://data/runs/a/manifest.json', jsonBytes({}));
  expect(await describeRun(ports, RUN)).toMatchObject({
    ...{ state: 'succeeded', outputs: 's3://data/runs/a/manifest.json', stays: [], hosts: [] },
  });
});

it('shows the hosts of a run, and the partitions of an inference that has a plan', async () => {
  const { ports, host } = runsWorld();
  await host('a', {});
  expect((await describeRun(ports, RUN)).hosts).toEqual([
    {
      ...{ instanceId: 'i-1', instanceType: 'g5.xlarge', zone: 'a', market: 'spot', acquiredAt: 1 },
      accelerator: { model: 'NVIDIA A10G', memoryGiB: 24 },
    },
  ]);
  const inference = { ...RUN, runId: 'b', kind: 'infer' } as const;
  expect(await describeRun(ports, inference)).not.toHaveProperty('partitions');
  await ports.objects.put('s3://data/runs/b/plan.json', jsonBytes({ partitions: [{}, {}] }));
  await ports.objects.put('s3://data/runs/b/_tasks/000000.json', jsonBytes({}));
  expect(await describeRun(ports, inference)).toMatchObject({ partitions: { done: 1, of: 2 } });
});

it('calls the files of a run that failed what whoever started it calls them', async () => {
  const { ports } = runsWorld();
  const bytes = Buffer.from('not a table');
  const input = {
    name: 'rows/bad.parquet',
    sizeBytes: bytes.length,
    chunks: async function* () {
      yield bytes;
    },
  };
  const model = { name: 'predict.ts', bytes: Buffer.from('') };
  const run = { runId: 'b', kind: 'infer', job: 'job', startedAt: 7 } as const;
  await ports.runs.record(run);
  const { executionId } = await startInference(ports, {
    runId: 'b',
    job: newJob(),
    inputs: [input],
    model,
    skipped: leftOut([]),
  });
  const copies: string[] = [];
  for await (const { uri } of ports.objects.list('s3://data/runs/b/')) copies.push(uri);
  ports.workflows.end(executionId, { failure: { code: 'LS_PARQUET_CORRUPT', message: copies.join(', ') } });
  const [view] = await listRuns(ports, 1);
  expect(view?.failure?.code).toBe('LS_PARQUET_CORRUPT');
  expect(view?.failure?.message.split(', ').toSorted()).toEqual([
    'predict.ts',
    'rows/bad.parquet',
    's3://data/runs/b/job.json',
  ]);
});
