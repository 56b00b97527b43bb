import { LENDS } from '#adapters/aws/lent-objects.ts';
import { REGION } from './template/account.ts';

/** Endpoint of each service of the local cloud. */
export interface Endpoints {
  readonly athena: string;
  readonly dynamodb: string;
  readonly ec2: string;
  readonly events: string;
  readonly lambda: string;
  readonly s3: string;
  /** SSM and Secrets Manager. */
  readonly secrets: string;
  readonly sqs: string;
  readonly states: string;
  readonly sts: string;
}

/**
 * What a user may have set for a real account and would take precedence: a program that shall talk to the local cloud runs
 * without these. Empty they are no better: some SDKs look for a profile of that name.
 */
export const CLOUD_ENV_WITHOUT = ['AWS_PROFILE', 'AWS_SESSION_TOKEN'] as const;

/** Who a program is in a cloud on this machine: nobody in particular, whatever the machine's own configuration says. */
export const LOCAL_IDENTITY = {
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;

/** What makes any AWS SDK talk to the local cloud and to nothing else, and ours read the files of its S3 in place. */
export const cloudEnv = (endpoints: Endpoints, lendsDir: string): Readonly<Record<string, string>> => ({
  ...LOCAL_IDENTITY,
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false',
  AWS_ENDPOINT_URL_ATHENA: endpoints.athena,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_EC2: endpoints.ec2,
  AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.events,
  AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
  AWS_ENDPOINT_URL_S3: endpoints.s3,
  [LENDS]: lendsDir,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secrets,
  AWS_ENDPOINT_URL_SFN: endpoints.states,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  AWS_ENDPOINT_URL_SSM: endpoints.secrets,
  AWS_ENDPOINT_URL_STS: endpoints.sts,
});
