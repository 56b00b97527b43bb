import { join, resolve } from 'node:path';
import { startAthena } from './athena/start-athena.ts';
import { startDynamoDb } from './dynamodb/start-dynamodb.ts';
import { type S3Service, startS3 } from './s3/start-s3.ts';
import { type SqsService, startSqs } from './sqs/start-sqs.ts';
import type { Stopping } from './stopping.ts';
import { ACCOUNT } from './template/account.ts';

export interface StoresOptions {
  readonly stateDir: string;
  readonly port: () => number;
  readonly warehouse: string | undefined;
}

/** The services that keep data. */
export interface Stores {
  readonly urls: { readonly athena: string; readonly dynamodb: string; readonly s3: string; readonly sqs: string };
  readonly s3: S3Service;
  readonly sqs: SqsService;
  queueUrl(queueName: string): string;
}

/** Starts DynamoDB, S3, SQS and the warehouse. */
export async function startStores(options: StoresOptions, stopping: Stopping): Promise<Stores> {
  const { stateDir, port, warehouse } = options;
  const dynamodb = await stopping.started(startDynamoDb({ folder: join(stateDir, 'dynamodb'), port: port() }));
  const s3 = await stopping.started(startS3({ folder: join(stateDir, 's3'), port: port() }));
  const sqs = await stopping.started(startSqs({ port: port() }));
  const athena = await stopping.started(
    startAthena({
      s3Url: s3.url,
      workFolder: join(stateDir, 'athena'),
      port: port(),
      ...(warehouse === undefined ? {} : { warehouse: resolve(warehouse) }),
    }),
  );
  return {
    urls: { athena: athena.url, dynamodb: dynamodb.url, s3: s3.url, sqs: sqs.url },
    s3,
    sqs,
    queueUrl: (queueName) => `${sqs.url}/${ACCOUNT}/${queueName}`,
  };
}
