import * as clients from '#adapters/aws/clients.ts';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoJournal } from '#adapters/aws/dynamo-journal.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { sfnWorkflows } from '#adapters/aws/sfn-workflows.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { invariant } from '#core/errors.ts';
import { deploymentIn } from '#core/runs/deployment-outputs.ts';
import type { LivePorts } from '#flows/runs/live-view.ts';
import { type OfferedSecret, offerSecret } from '../../localstack/embedded/secrets/offer-secret.ts';
import { offeringFiles } from './offer-files.ts';

/** A deployment of Lockstep that commands talk to: on this machine or on AWS. */
export interface Cloud extends LivePorts {
  /** `local`, or the name of the stack. */
  readonly name: string;
  /** Control API of the fleet emulator; only a local cloud has it. */
  readonly fleetControlUrl: string | undefined;
  /** Folder with a log for each function; only a local cloud has it. */
  readonly functionLogs: string | undefined;
  /** True if what a run commits is copied to this machine: its objects go with this command, or somebody asked for it. */
  readonly copiesOutputs: boolean;
  /** Keeps the value of a secret for tasks, in memory; a deployed stack takes none. */
  offerSecret?(secret: OfferedSecret): Promise<void>;
  /** Keeps an object at a path without a copy where that can be: false where it cannot. Only of a cloud that goes with this command. */
  keepAt?(path: string, uri: string): boolean;
  /** Resolves when what runs have published so far is kept on this machine, where the cloud goes with this command. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What is known of a deployment before anything is connected to. */
export interface KnownStack {
  readonly name: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** How to reach it, as environment variables of any AWS SDK; undefined for those that this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its S3 takes files of this machine; a cloud elsewhere takes none. */
  readonly offersDir?: string;
}

export type CloudTraits = Pick<
  Cloud,
  'fleetControlUrl' | 'functionLogs' | 'copiesOutputs' | 'keepAt' | 'pollMs' | 'settled' | 'close'
>;

/** Builds the ports of a deployment. Two of them in one process know nothing of each other. */
export function connectCloud({ name, outputs, env, offersDir }: KnownStack, traits: CloudTraits): Cloud {
  const deployment = deploymentIn(env === undefined ? `the stack ${name}` : 'the local cloud', outputs);
  const table = deployment.TableName;
  const settings = (service: string) =>
    env === undefined ? regionIn(deployment.TrainingWorkflowArn) : settingsIn(env, service);
  const dynamodb = clients.dynamodb(settings('DYNAMODB'));
  const s3 = settings('S3');
  const objects = s3Objects(clients.s3(s3));
  const arns = { training: deployment.TrainingWorkflowArn, inference: deployment.InferenceWorkflowArn };
  const secretsUrl = env?.AWS_ENDPOINT_URL_SSM;
  return {
    ...traits,
    ...(secretsUrl !== undefined && { offerSecret: (secret: OfferedSecret) => offerSecret(secretsUrl, secret) }),
    ...{ name, clock: systemClock, ids: systemIds },
    bucket: deployment.BucketName,
    objects: offersDir === undefined ? objects : offeringFiles(objects, { folder: offersDir, url: s3.endpoint ?? '' }),
    barriers: dynamoBarrier(dynamodb, table),
    control: dynamoControl(dynamodb, table),
    journal: dynamoJournal(dynamodb, table),
    members: dynamoMembers(dynamodb, table),
    leases: dynamoLeases(dynamodb, table),
    progress: dynamoProgress(dynamodb, table),
    runs: dynamoRuns(dynamodb, table),
    workflows: sfnWorkflows(clients.sfn(settings('SFN')), arns),
  };
}

/** A stack is in the region of its workflows, whatever this process has been told of a region or has not. */
function regionIn(arn: string): clients.ClientSettings {
  const [, , , region = ''] = arn.split(':');
  return region === '' ? {} : { region };
}

function settingsIn(env: NonNullable<KnownStack['env']>, service: string): clients.ClientSettings {
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`];
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  invariant(endpoint && region && accessKeyId && secretAccessKey, `a local cloud says how to reach its ${service}`);
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
}
