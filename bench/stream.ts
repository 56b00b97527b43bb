/** From the event of one record of 100 rows to its committed prediction, in a warm process, with S3 and DynamoDB on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { dynamodb, s3 } from '#adapters/aws/clients.ts';
import { dynamoRecordClaims } from '#adapters/aws/dynamo-record-claims.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { STREAM_BATCHING, STREAM_LIMITS } from '#core/job/defaults.ts';
import type { StreamJob } from '#core/job/job.ts';
import { answerEvent } from '#flows/stream/answer-event.ts';
import { objectAnswers } from '#flows/stream/object-answers.ts';
import { objectPlans } from '#flows/stream/object-plans.ts';
import type { StreamEvent } from '#formats/stream/events.ts';
import { startDynamoDb } from '../localstack/embedded/dynamodb/start-dynamodb.ts';
import { startS3 } from '../localstack/embedded/s3/start-s3.ts';
import { gangTable } from './gang-table.ts';
import { perceptron, rowsFile } from './perceptron.ts';
import { type Row, rowOf } from './row.ts';

const [BUCKET, TABLE, NAME, ROWS] = ['data', 'gang', 'bench', 100];
const [WARM_UP, SAMPLES] = [20, 200];

const job: StreamJob = {
  ...{ kind: 'stream', name: NAME, model: `s3://${BUCKET}/model.onnx`, columns: {}, types: {} },
  predict: { kind: 'onnx', kernel: 'argmax', softmax: false, as: 'prediction' },
  ...{ output: { keep: 'all' }, batch: STREAM_BATCHING, limits: STREAM_LIMITS },
};

export async function run(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const store = await startS3({ folder: join(folder, 's3') });
  const table = await startDynamoDb({ folder: join(folder, 'dynamodb') });
  const settings = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const s3Client = s3({ ...settings, endpoint: store.url });
  const dynamo = dynamodb({ ...settings, endpoint: table.url });
  const objects = s3Objects(s3Client);
  const predictors = predictorsOf(modelFiles(objects));
  try {
    await s3Client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    await dynamo.send(new CreateTableCommand(gangTable(TABLE)));
    await objects.put(job.model, perceptron());
    const base = { objects, bucket: BUCKET, clock: systemClock, ids: systemIds };
    const ports = {
      ...{ ...base, parquet: workerDecoder(), predictors, log: { info() {}, warn() {}, error() {} } },
      ...{ recordClaims: dynamoRecordClaims(dynamo, TABLE, NAME), plans: objectPlans(objects, BUCKET, NAME) },
      answers: objectAnswers(base, NAME),
    };
    const arrow = Buffer.from(await rowsFile(1, ROWS)).toString('base64');
    const samples: number[] = [];
    for (let n = 0; n < WARM_UP + SAMPLES; n++) {
      const event = newEvent(n, JSON.stringify({ arrow }));
      const started = performance.now();
      const { batchItemFailures } = await answerEvent(ports, { job, processors: 1, claimMs: 60_000 }, event);
      if (batchItemFailures.length > 0) throw new Error('the record was not answered');
      if (n >= WARM_UP) samples.push(performance.now() - started);
    }
    return [
      rowOf('stream: a record of 100 rows, event to committed prediction, warm', samples, {
        unit: 'ms',
        reach: '≤ 50',
      }),
    ];
  } finally {
    await predictors.close();
    s3Client.destroy();
    dynamo.destroy();
    await Promise.all([store.stop(), table.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const newEvent = (n: number, body: string): StreamEvent => ({
  Records: [
    { messageId: String(n), body, attributes: { ApproximateReceiveCount: '1' }, eventSourceARN: 'arn:aws:sqs:::q' },
  ],
});
