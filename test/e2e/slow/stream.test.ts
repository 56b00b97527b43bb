/** A deployed stream, whole, in the local cloud: a real queue, its event source mapping, the function in its process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3 } from '#adapters/aws/clients.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { streamObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { AnswersEntry } from '#core/stream/answers.ts';
import type { StreamDeadLetter } from '#core/stream/dead-letter.ts';
import { installStream } from '#flows/stream/install-stream.ts';
import { synthesize } from '../../../infra/synth.ts';
import type { LocalCloud } from '../../../localstack/embedded/cloud.ts';
import { startCloud } from '../../../localstack/embedded/start-cloud.ts';
import { expected, toyModel } from '../../flows/inference/world.ts';
import { newStreamJob } from '../../flows/stream/world.ts';
import { batchesOf, batchOf, fileBytes, streamBytes } from '../../formats/arrow/files.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const WAIT_MS = 60_000;

let cloud: LocalCloud;
let stateDir: string;
let objects: Objects;
let bucket: string;
let send: (body: string) => Promise<void>;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'lockstep-stream-'));
  const assemblyDir = await synthesize({ context: { streams: 'toy' } });
  cloud = await startCloud({ assemblyDir, stateDir });
  const settings = { region: 'us-east-1', credentials };
  objects = s3Objects(s3({ ...settings, endpoint: cloud.env.AWS_ENDPOINT_URL_S3 as string }));
  bucket = cloud.outputs.BucketName as string;
  const sqs = new SQSClient({ ...settings, endpoint: cloud.env.AWS_ENDPOINT_URL_SQS as string });
  const QueueUrl = cloud.outputs.StreamQueueToy as string;
  send = async (MessageBody) => void (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
  const limits = { ...newStreamJob().limits, receives: 1 };
  await installStream({ objects, bucket }, newStreamJob({ limits }), toyModel());
}, 300_000);
afterAll(async () => {
  await cloud?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

async function readAll<T>(prefix: string): Promise<T[]> {
  const found: T[] = [];
  for await (const { uri } of objects.list(prefix)) {
    found.push(JSON.parse(Buffer.from((await objects.get(uri)).bytes).toString()));
  }
  return found;
}

/** Waits until as many rows were answered. */
async function answered(rows: number): Promise<readonly AnswersEntry[]> {
  const { answers } = streamObjects(bucket, 'toy');
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    const entries = await readAll<AnswersEntry>(answers);
    if (entries.reduce((sum, entry) => sum + entry.rows, 0) >= rows) return entries;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`there are no ${rows} rows of answers; logs: ${stateDir}/logs`);
}

async function idsIn(entry: AnswersEntry): Promise<readonly (readonly [number, unknown])[]> {
  const { bytes } = await objects.get(entry.part.uri);
  if (entry.form === 'arrow') return [...tableFromIPC(bytes)].map((row) => [row?.id, row?.prediction.toJSON()]);
  const lines = Buffer.from(bytes).toString().trim().split('\n');
  return lines.map((line) => JSON.parse(line)).map(({ id, prediction }) => [id, prediction]);
}

const json = (id: number) => ({ id, x: [id, id + 0.25, id + 0.5, id + 0.75] });

describe('a stream in the local cloud', () => {
  it('answers objects that arrive, Arrow and JSON in messages, and pointers, each once', {
    timeout: 120_000,
  }, async () => {
    const arrivals = `s3://${bucket}/streams/toy/arrivals/`;
    await objects.put(`${arrivals}a.arrow`, await fileBytes(batchesOf(3)));
    await objects.put(`s3://${bucket}/data/b.arrow`, await fileBytes([batchOf(10, 2)]));
    await send(JSON.stringify({ rows: [json(20), json(21)] }));
    await send(JSON.stringify({ arrow: Buffer.from(await streamBytes([batchOf(30, 2)])).toString('base64') }));
    await send(JSON.stringify({ bucket, key: 'data/b.arrow' }));
    const named = JSON.stringify({ id: 'order-1', rows: [json(40)] });
    await send(named);
    await send(named);
    const entries = await answered(10);
    const rows = (await Promise.all(entries.map(idsIn))).flat().toSorted(([a], [b]) => a - b);
    const ids = [0, 1, 2, 10, 11, 20, 21, 30, 31, 40];
    expect(rows).toEqual(ids.map((id) => [id, expected(id)]));
    expect(entries.flatMap(({ records }) => records.map(({ source }) => source))).toContainEqual(
      expect.stringMatching(/#order-1$/),
    );
  });

  it('sets a message aside that is none, whole, and says why', { timeout: 120_000 }, async () => {
    await send('neither JSON nor Arrow');
    const { dead } = streamObjects(bucket, 'toy');
    let letters: StreamDeadLetter[] = [];
    for (const until = Date.now() + WAIT_MS; letters.length === 0 && Date.now() < until; ) {
      letters = await readAll<StreamDeadLetter>(dead);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(letters).toMatchObject([
      { code: 'LS_RECORD_INVALID', class: 'decode', attempt: 1, record: { body: 'neither JSON nor Arrow' } },
    ]);
  });
});
