/**
 * The only place where SDK clients are made. Endpoints, region and credentials come from the environment
 * (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`), so no code path knows whether it talks to AWS or to a local cloud.
 * Path-style addressing is used only where an endpoint is set, because a loopback address has no bucket sub-domains.
 * Each client is an export of its own, so that a bundle holds only those it uses: EC2's alone is 2.4 MB.
 */
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';

export const athena = (): AthenaClient => new AthenaClient({});

export const dynamodb = (): DynamoDBClient => new DynamoDBClient({ maxAttempts: 5 });

/** One attempt: the caller classifies the error and decides, and a blind retry of a launch could launch twice. */
export const ec2 = (): EC2Client => new EC2Client({ maxAttempts: 1 });

export const s3 = (): S3Client => new S3Client({ forcePathStyle: hasLocalEndpoint('S3'), maxAttempts: 5 });

export const sfn = (): SFNClient => new SFNClient({});

function hasLocalEndpoint(service: string): boolean {
  return (process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env.AWS_ENDPOINT_URL) !== undefined;
}
