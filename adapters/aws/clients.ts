/**
 * Where SDK clients are made, those of EC2 and Athena in files beside this one. Endpoint, region and credentials are those
 * that are handed in, otherwise those of the environment (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_<SERVICE>`), so no code path
 * knows whether it talks to AWS or to a local cloud, and one process may talk to several.
 * Path-style addressing is used only where an endpoint is set, because a loopback address has no bucket sub-domains.
 * Each client is an export of its own, so that a bundle holds only those it uses, and what is not a bundle does not load
 * what it never uses: EC2's alone is 2.4 MB.
 *
 * The SDK waits for an answer for ever unless told otherwise: a connection that went silent must become an error.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { sayingUnavailable } from './unavailable.ts';

/** Where a client talks to, and as whom. What is left out is taken from the environment. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | CredentialsSource;
}

/** Asked for credentials when the ones before are about to expire. */
type CredentialsSource = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}>;

const CONNECT_MS = 5_000;

/** An endpoint that is handed in is the endpoint, whatever kind of AWS's own the environment asks for. */
const reaching = (settings: ClientSettings) =>
  settings.endpoint === undefined ? settings : { ...settings, useDualstackEndpoint: false, useFipsEndpoint: false };

/** Each attempt gets `requestTimeout` milliseconds from its first byte to the first of the answer. */
export const answeredWithin = (requestTimeout: number) => ({
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout, throwOnRequestTimeout: true },
});

/** By the region's endpoint, because that of an account is not promised to hosts behind a gateway endpoint. */
export const dynamodb = (settings: ClientSettings = {}): DynamoDBClient =>
  sayingUnavailable(
    new DynamoDBClient({
      ...reaching(settings),
      ...answeredWithin(10_000),
      ...{ maxAttempts: 5, accountIdEndpointMode: 'disabled' },
    }),
    'DynamoDB',
  );

/** Large objects take their time, so it is silence that counts here, before the answer and within it. */
export const s3 = (settings: ClientSettings = {}): S3Client =>
  new S3Client({
    ...reaching(settings),
    forcePathStyle: settings.endpoint !== undefined || hasLocalEndpoint('S3'),
    maxAttempts: 5,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: 30_000 },
  });

export const sfn = (settings: ClientSettings = {}): SFNClient =>
  sayingUnavailable(
    new SFNClient({ ...reaching(settings), ...answeredWithin(15_000), maxAttempts: 5 }),
    'Step Functions',
  );

function hasLocalEndpoint(service: string): boolean {
  return (process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env.AWS_ENDPOINT_URL) !== undefined;
}
