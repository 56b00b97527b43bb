/**
 * The process that predicts, one for each accelerator of a host: it is given one partition after the other and keeps model,
 * sessions and memory between them. A process of its own, because a model that crashes must not take the agent with it, and
 * because one that computes must not keep the agent from renewing its claim. It ends with its parent.
 */
import { s3 } from '#adapters/aws/clients.ts';
import { borrowing, lenderOf } from '#adapters/aws/lent-objects.ts';
import { agentSettings } from '#adapters/aws/run-credentials.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { invariant, LockstepError } from '#core/errors.ts';
import { ENV } from '#core/names.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { runTask, type TaskPorts } from '#flows/inference/run-task.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import type { RunnerAnswer, RunnerRequest } from './messages.ts';

const bucket = process.env[ENV.bucket];
invariant(bucket, `the environment variable ${ENV.bucket} is not set`);
const [runId = '', instanceId = ''] = (process.env[ENV.hostOf] ?? '').split('/');
const settings = agentSettings(process.env, { runId, instanceId }, { clock: systemClock, log: jsonLog() });
const objects = borrowing(s3Objects(s3(settings)), lenderOf(process.env));
const predictors = predictorsOf(modelFiles(objects));
const ports: TaskPorts = {
  ...{ objects, bucket, predictors, clock: systemClock, ids: systemIds, log: jsonLog() },
  ...{ parquet: workerDecoder(), parquetFile: () => workerEncoder(), memory: new TaskMemory() },
};

async function follow(request: RunnerRequest): Promise<void> {
  if ('plan' in request) return void (await planRun(ports, request.plan));
  const { task, processors, timeoutMs } = request;
  const endMs = systemClock.monotonicMs() + timeoutMs;
  await runTask(ports, task, { processors, remainingMs: () => endMs - systemClock.monotonicMs() });
}

async function answer(request: RunnerRequest): Promise<RunnerAnswer> {
  try {
    await follow(request);
    return { done: true };
  } catch (error) {
    if (error instanceof LockstepError) return { code: error.code, message: error.message };
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: RunnerRequest) => {
  void answer(request).then((said) => process.send?.(said));
});
process.on('disconnect', () => {
  void predictors.close().finally(() => process.exit(0));
});
