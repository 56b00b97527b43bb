/**
 * Predicts one partition and says how much memory its process had at most: `node predict-large.ts ENDPOINT PLAN PROCESSORS`,
 * for a run that memory.test.ts has planned.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';

const [endpoint = '', planUri = '', processors = '1'] = process.argv.slice(2);
const objects = s3Objects(new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true }));
const predictors = predictorsOf(modelFiles(objects));
const ports = {
  ...{ objects, parquet: workerDecoder(), parquetFile: () => workerEncoder(), bucket: 'data' },
  ...{ clock: systemClock, ids: systemIds },
  ...{ predictors, memory: new TaskMemory(), log: jsonLog(() => {}) },
};
const limits = { processors: Number(processors), remainingMs: () => 600_000 };

const beforeBytes = process.memoryUsage.rss();
const task = { runId: planUri.split('/').at(-2) ?? '', planUri, partition: 0, round: 'e/0' };
const { part } = await runTask(ports, task, limits);
await predictors.close();
const mostBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ rows: part.rows, partBytes: part.sizeBytes, beforeBytes, mostBytes }));
process.exit(0);
