import { expect, it } from 'vitest';
import { describeRun } from '#flows/runs/describe-run.ts';
import { executionOf } from '#flows/runs/find-execution.ts';
import { resumeRun } from '#flows/runs/resume-run.ts';
import { runsWorld } from './runs-world.ts';

const FAILED = { failure: { code: 'LS_PARTITION_TIMEOUT', message: 'too slow' } };

async function inferring() {
  const { ports } = runsWorld();
  const { bucket, objects, workflows } = ports;
  await objects.put(`s3://${bucket}/runs/r/job.json`, new TextEncoder().encode('{}'));
  await objects.put(`s3://${bucket}/runs/r/_tasks/000001.json`, new TextEncoder().encode('{}'));
  const first = await workflows.start('inference', 'r', { runId: 'r', jobUri: `s3://${bucket}/runs/r/job.json` });
  return { ports, workflows, first };
}

it('starts an execution of its own for each time that a run is resumed, and finds the newest from then on', async () => {
  const { ports, workflows, first } = await inferring();
  workflows.end(first, FAILED);
  const second = await resumeRun(ports, 'r');
  expect(second).toMatchObject({ runId: 'r', committed: 1 });
  expect(second?.executionId).not.toBe(first);
  expect(await workflows.describe(second?.executionId ?? '')).toMatchObject({ input: { runId: 'r' } });
  expect(await executionOf(ports, 'r')).toMatchObject({ id: second?.executionId, status: 'running', resumed: 1 });
  await workflows.stop(second?.executionId ?? '', 'cancelled');
  const third = await resumeRun(ports, 'r');
  expect(await executionOf(ports, 'r')).toMatchObject({ id: third?.executionId, status: 'running', resumed: 2 });
  const record = { runId: 'r', kind: 'infer', job: 'r', startedAt: 1 } as const;
  expect(await describeRun(ports, record)).toMatchObject({ state: 'running', resumed: 2 });
  workflows.end(third?.executionId ?? '', { output: {} });
  expect(await executionOf(ports, 'r')).toMatchObject({ id: third?.executionId, status: 'succeeded' });
});

it('starts one execution for two who resume at once', async () => {
  const { ports, workflows, first } = await inferring();
  workflows.end(first, FAILED);
  const [one, other] = await Promise.all([resumeRun(ports, 'r'), resumeRun(ports, 'r')]);
  expect(one?.executionId).toBe(other?.executionId);
});

it('resumes a run that an event started', async () => {
  const { ports, workflows } = await inferring();
  const started = await workflows.start('inference', 'by-event', {});
  workflows.end(started, FAILED);
  await ports.runs.record({ runId: 'e', kind: 'infer', job: 'e', startedAt: 1, execution: started });
  await ports.objects.put(`s3://${ports.bucket}/runs/e/job.json`, new TextEncoder().encode('{}'));
  expect(await resumeRun(ports, 'e')).toMatchObject({ runId: 'e', committed: 0 });
  expect(await executionOf(ports, 'e')).toMatchObject({ status: 'running', resumed: 1 });
});

it('refuses what goes on, has committed, trains, or left no job, and does not know what nobody knows', async () => {
  const { ports, workflows, first } = await inferring();
  await expect(resumeRun(ports, 'r')).rejects.toThrow(/goes on/);
  workflows.end(first, { output: {} });
  await expect(resumeRun(ports, 'r')).rejects.toThrow(/has committed/);
  workflows.end(await workflows.start('training', 't', {}), FAILED);
  await expect(resumeRun(ports, 't')).rejects.toThrow(/it trains/);
  workflows.end(await workflows.start('inference', 'bare', {}), FAILED);
  await expect(resumeRun(ports, 'bare')).rejects.toMatchObject({ code: 'LS_NOT_RESUMABLE' });
  expect(await resumeRun(ports, 'nobody')).toBeUndefined();
});
