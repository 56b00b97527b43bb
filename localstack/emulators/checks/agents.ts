/** What a host's credentials, and those that its agent takes on for its run, reach; asked of an emulator that evaluates IAM. */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { KEYS, RUN_TAG } from '#core/names.ts';
import { ACCOUNT, REGION } from '../../embedded/template/account.ts';
import type { Session } from '../session.ts';
import { stackResources } from '../stack-resources.ts';

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Throws unless an agent reaches its own run and no other, and its host reaches neither. */
export async function agentsReachTheirRunAlone(session: Session): Promise<void> {
  const { url } = session.emulator;
  const resources = [...(await stackResources(url))];
  const named = (kind: string, id: RegExp) => {
    const found = resources.find(([logicalId, { type }]) => type === kind && id.test(logicalId))?.[1].physicalId;
    if (found === undefined) throw new Error(`the stack has no ${kind} like ${id}`);
    return found;
  };
  const table = named('AWS::DynamoDB::GlobalTable', /^Gangs/);
  const bucket = named('AWS::S3::Bucket', /^Data/);
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${named('AWS::IAM::Role', /^FleetAgentRole/)}`;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = session.hostEnv;
  const host: Identity = {
    accessKeyId: AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: AWS_SESSION_TOKEN ?? '',
  };
  const at = { url, table, bucket };
  const agent = await takeOn(url, roleArn, { host, runId: 'mine' });
  for (const [what, act] of reaching(at, agent, 'mine')) await expectAllowed(`an agent, of its own run: ${what}`, act);
  for (const [what, act] of reaching(at, agent, 'mine2')) await expectDenied(`an agent, of another run: ${what}`, act);
  for (const [what, act] of reaching(at, host, 'mine'))
    await expectDenied(`a host without its agent's role: ${what}`, act);
  await expectDenied("a host, the agents' role for no run", () => takeOn(url, roleArn, { host }));
}

async function takeOn(url: string, roleArn: string, { host, runId }: { host: Identity; runId?: string }) {
  const sts = new STSClient({ endpoint: url, region: REGION, credentials: host, maxAttempts: 1 });
  const Tags = runId === undefined ? [] : [{ Key: RUN_TAG, Value: runId }];
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'i-1', Tags }),
  );
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}

/** A read and a write of each store, in what belongs to a run. */
function reaching(
  { url, table, bucket }: { readonly url: string; readonly table: string; readonly bucket: string },
  credentials: Identity,
  runId: string,
): readonly (readonly [string, () => Promise<unknown>])[] {
  const client = { endpoint: url, region: REGION, credentials, maxAttempts: 1 };
  const dynamodb = new DynamoDBClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const key = { pk: { S: KEYS.gang(runId) }, sk: { S: KEYS.progress } };
  const object = { Bucket: bucket, Key: `runs/${runId}/progress/0.json` };
  return [
    ['write an item', () => dynamodb.send(new PutItemCommand({ TableName: table, Item: key }))],
    ['read an item', () => dynamodb.send(new GetItemCommand({ TableName: table, Key: key }))],
    ['write an object', () => s3.send(new PutObjectCommand({ ...object, Body: '{}' }))],
    ['read an object', () => s3.send(new GetObjectCommand(object))],
  ];
}

async function expectAllowed(what: string, act: () => Promise<unknown>): Promise<void> {
  await act().catch((cause: unknown) => {
    throw new Error(`${what}: expected to be allowed`, { cause });
  });
}

async function expectDenied(what: string, act: () => Promise<unknown>): Promise<void> {
  const came = await act().then(
    () => 'was allowed',
    (error: unknown) => (/AccessDenied/.test(String((error as Error).name)) ? undefined : String(error)),
  );
  if (came !== undefined) throw new Error(`${what}: expected to be denied, ${came}`);
}
