/**
 * How long the inference function takes from the start of its process to its first partition committed: the asset as it
 * is deployed, against the embedded S3, a model of 13 thousand parameters and 1,000 rows. On AWS the start of the micro-VM
 * comes on top.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { INFER_LIMITS, ROW_POLICY } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import { ENV } from '#core/names.ts';
import type { Objects } from '#core/objects/ports.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { bundle } from '../infra/bundle.ts';
import { parsePlatform } from '../infra/platform.ts';
import { startS3 } from '../localstack/embedded/s3/start-s3.ts';
import { perceptron, rowsFile } from './perceptron.ts';
import { type Row, rowOf } from './row.ts';

const RUNS = 9;
const BUCKET = 'bench';
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What an environment does, and then says how old its process is. */
const PROGRAM = `
  const { handler } = require(process.argv[1]);
  const loaded = performance.now();
  handler(JSON.parse(process.argv[2]), { getRemainingTimeInMillis: () => 60_000 }).then(
    ({ rows }) => console.log(JSON.stringify({ rows, loaded, done: performance.now() })),
  );`;

/** A new process for each sample. */
export async function run(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const s3 = await startS3({ folder: join(folder, 's3') });
  const env = environment(s3.url, folder);
  try {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new S3Client({ endpoint: s3.url, region: 'us-east-1', credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const objects = s3Objects(client);
    const { inference } = await bundle(ROOT, { platform: parsePlatform(`${process.platform}/${process.arch}`) });
    const asset = join(inference.path, 'infer-partition.cjs');
    const samples: { loaded: number; done: number }[] = [];
    for (let i = 0; i <= RUNS; i++) {
      const task = await plannedTask(objects, `run-${i}`);
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, asset, JSON.stringify(task)], {
        env,
      });
      // Before it stands what the function logs.
      const sample = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      if (sample.rows !== 1000) throw new Error(`expected 1000 rows, got ${stdout}`);
      // The first one reads the asset from the disk.
      if (i > 0) samples.push(sample);
    }
    client.destroy();
    return [
      rowOf(
        'inference function: process start to code loaded',
        samples.map(({ loaded }) => loaded),
        { unit: 'ms', reach: '' },
      ),
      rowOf(
        'inference function: process start to first partition',
        samples.map(({ done }) => done),
        { unit: 'ms', reach: '≤ 250' },
      ),
    ];
  } finally {
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function plannedTask(objects: Objects, runId: string) {
  const put = async (name: string, bytes: Uint8Array) => {
    await objects.put(`s3://${BUCKET}/${name}`, bytes);
    return `s3://${BUCKET}/${name}`;
  };
  const job: InferJob = {
    kind: 'infer',
    name: 'bench',
    model: await put('model.onnx', perceptron()),
    input: [await put('rows.arrow', await rowsFile(1, 1000))],
    columns: {},
    predict: { kind: 'onnx', kernel: 'argmax', softmax: false, as: 'prediction' },
    output: { keep: ['id'] },
    onError: ROW_POLICY,
    limits: INFER_LIMITS,
  };
  const jobUri = await put(`${runId}.json`, Buffer.from(JSON.stringify(job)));
  const predictors = predictorsOf(modelFiles(objects));
  const { planUri } = await planRun(
    { objects, parquet: workerDecoder(), bucket: BUCKET, predictors },
    { runId, jobUri },
  );
  await predictors.close();
  return { runId, planUri, partition: 0 };
}

const environment = (url: string, folder: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  TMPDIR: folder,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_S3: url,
  [ENV.bucket]: BUCKET,
});
