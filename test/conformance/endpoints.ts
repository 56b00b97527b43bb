/**
 * Which cloud the contract suites of the services talk to.
 *
 * By default each suite starts the embedded service that it needs. `LOCKSTEP_TEST_ENDPOINT=http://127.0.0.1:4566` sends
 * all of them to another cloud that is already running (LocalStack, MiniStack), `LOCKSTEP_TEST_ENDPOINT=aws` to the
 * account of the environment's credentials. No suite knows the difference; gaps.ts does.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { startS3 } from '../../localstack/embedded/s3/start-s3.ts';
import { startSqs } from '../../localstack/embedded/sqs/start-sqs.ts';

const given = process.env.LOCKSTEP_TEST_ENDPOINT;

/** URL of the cloud under test, `aws`, or undefined for the embedded services. */
export const ENDPOINT = given;

export { CLOUD } from './gaps.ts';

/** A client of the service under test, and what ends both. */
export interface UnderTest<Client> {
  readonly client: Client;
  /** Where it listens; `aws` for the real one. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A name that no other run of the suites uses on the same cloud. */
export const unique = (name: string) => `${name}-${randomBytes(6).toString('hex')}`;

export const dynamodbUnderTest = (): Promise<UnderTest<DynamoDBClient>> =>
  underTest(
    () => startDynamoDb({ sweepEveryMs: 200 }),
    (config) => new DynamoDBClient(config),
  );

export const s3UnderTest = (): Promise<UnderTest<S3Client>> =>
  underTest(
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'lockstep-s3-'));
      const { url, stop } = await startS3({ folder });
      return { url, stop: () => stop().finally(() => rmSync(folder, { recursive: true })) };
    },
    (config) => new S3Client({ ...config, forcePathStyle: given !== 'aws' }),
  );

export const sqsUnderTest = (): Promise<UnderTest<SQSClient>> =>
  underTest(
    () => startSqs(),
    (config) => new SQSClient(config),
  );

/** Client settings for a service that listens on loopback. */
export const localConfig = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

async function underTest<Client extends { destroy(): void }>(
  startEmbedded: () => Promise<{ readonly url: string; stop(): Promise<void> }>,
  connect: (config: Partial<ReturnType<typeof localConfig>>) => Client,
): Promise<UnderTest<Client>> {
  const service = given === undefined ? await startEmbedded() : { url: given, stop: async () => {} };
  const client = connect(service.url === 'aws' ? {} : localConfig(service.url));
  return {
    client,
    url: service.url,
    async stop() {
      client.destroy();
      await service.stop();
    },
  };
}
