import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { perceptron, rowsFile } from '../../../bench/perceptron.ts';
import { type S3Service, startS3 } from '../../../localstack/embedded/s3/start-s3.ts';
import { newJob } from '../../flows/inference/world.ts';

const MIB = 1024 ** 2;
const BATCHES = 70;
const BATCH_ROWS = 32_768;
/** An int32 and 32 float32. */
const ROW_BYTES = 132;
/** The same object under several names. */
const COPIES = 2;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

describe('the memory of a function that predicts 600 MB', () => {
  let folder = '';
  let s3: S3Service;
  let client: S3Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-memory-'));
    s3 = await startS3({ folder });
    client = new S3Client({ endpoint: s3.url, region: 'us-east-1', forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: 'data' }));
    const objects = s3Objects(client);
    await objects.put('s3://data/models/toy.onnx', perceptron());
    const file = await rowsFile(BATCHES, BATCH_ROWS);
    for (let i = 0; i < COPIES; i++) await objects.put(`s3://data/in/${i}.arrow`, file);
  }, 120_000);
  afterAll(async () => {
    client.destroy();
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a new process predicts, and the most memory that it had. */
  async function predict(processors: number, keep: 'all' | readonly string[] = []) {
    const objects = s3Objects(client);
    const runId = `run-${processors}-${keep.length}`;
    const limits = { ...newJob().limits, partitionBytes: 1024 * MIB };
    const job = newJob({ columns: { x: 'x' }, output: { keep }, limits });
    const jobUri = `s3://data/runs/${runId}/job.json`;
    await objects.put(jobUri, Buffer.from(JSON.stringify(job)));
    const predictors = predictorsOf(modelFiles(objects));
    const { planUri } = await planRun(
      { objects, parquet: workerDecoder(), bucket: 'data', predictors },
      { runId, jobUri },
    );
    await predictors.close();
    const program = fileURLToPath(new URL('./predict-large.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, s3.url, planUri, String(processors)], {
      env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', TMPDIR: folder },
    });
    return JSON.parse(stdout) as { rows: number; partBytes: number; beforeBytes: number; mostBytes: number };
  }

  it.each([1, 2])('does not grow with what is read: %i processors', async (processors) => {
    const { rows, partBytes, beforeBytes, mostBytes } = await predict(processors);
    expect(rows).toBe(COPIES * BATCHES * BATCH_ROWS);
    // In flight 32 MiB and as much again in the network stack, three times the part (grown by doubling, then sent), a
    // session and 16 MiB of batches for each processor; the rest is the runtime's and the garbage collector's.
    const bound = 64 * MIB + 3 * partBytes + processors * 24 * MIB + 144 * MIB;
    expect(mostBytes - beforeBytes).toBeLessThan(bound);
    expect(bound).toBeLessThan(COPIES * BATCHES * BATCH_ROWS * ROW_BYTES * 0.7);
  });

  it('does not grow with what is written: a part as large as the input', async () => {
    const { partBytes, beforeBytes, mostBytes } = await predict(1, 'all');
    // As above, but for the part: what is held of it, grown by doubling, and the pieces of 16 MiB that are under way.
    const bound = 64 * MIB + 3 * 64 * MIB + 6 * 16 * MIB + 24 * MIB + 144 * MIB;
    expect(partBytes).toBeGreaterThan(1.1 * bound);
    expect(mostBytes - beforeBytes).toBeLessThan(bound);
  });
});
