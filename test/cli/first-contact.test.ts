/**
 * What commands say to somebody whose machine is not set up for a stack yet. Each is the command itself, in a process with an
 * environment and a home of its own, so that what is judged is what the SDK really throws there. No network is needed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';

const LOCKSTEP = resolve(import.meta.dirname, '../../cli/lockstep.mjs');
const ARN = 'arn:aws:states:eu-west-1:111122223333:stateMachine';
const OUTPUTS = {
  ...{ DeploymentName: 'Lockstep', BucketName: 'lockstep-data', TableName: 'gangs' },
  ...{ TrainingWorkflowArn: `${ARN}:Training`, InferenceWorkflowArn: `${ARN}:Inference` },
};
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const PROFILE = `[profile work]
sso_session = office
sso_account_id = 111122223333
sso_role_name = Trainer
region = eu-west-1
[sso-session office]
sso_region = eu-west-1
sso_start_url = https://office.awsapps.com/start
`;

/** Jobs of which every file is in the cloud, so that nothing has to be there for them to be sent. */
const JOBS = {
  train: 'gang: { hosts: 1, perTask: { gpu: 0 }, instanceTypes: [c7i.large] }\ntask: { command: [sh, -c, exit] }\n',
  infer: 'model: s3://models/m.onnx\ninput: [s3://rows/all/]\n',
};

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-first-'));
  write('outputs.json', JSON.stringify({ Lockstep: OUTPUTS }));
  for (const [kind, rest] of Object.entries(JOBS)) write(`${kind}.yaml`, `kind: ${kind}\nname: rows\n${rest}`);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => void server.close()));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What the command fails with, in an environment that has these variables and no others of AWS. */
function said(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  const args = [LOCKSTEP, ...words, '--stack', 'Lockstep', '--outputs', join(home, 'outputs.json'), '--json'];
  const own = { PATH: process.env.PATH ?? '', HOME: home, LOCKSTEP_HOME: join(home, 'lockstep') };
  // The metadata service is what an EC2 instance asks: looked for, it costs a second on any other machine.
  const options = { cwd: home, env: { ...own, AWS_EC2_METADATA_DISABLED: 'true', ...env }, timeout: 50_000 };
  return new Promise((done, fail) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      if (error === null || !last.startsWith('{'))
        fail(new Error(`expected a failure in JSON, got ${stdout}${stderr}`));
      else done(JSON.parse(last));
    });
  });
}

/** A service that answers everything so. */
async function answering(status: number, type: string, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refusing = (type: string, message: string) =>
  answering(400, 'application/x-amz-json-1.0', JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));

describe('a command with --stack', () => {
  it.each([
    ...[['status'], ['logs', 'a-1'], ['cancel', 'a-1'], ['resume', 'a-1'], ['attach', 'a-1'], ['report', 'a-1']],
    ...[['verify', 'a-1'], ['read', 'a-1', '--to', 'rows.csv'], ['compare', 'a-1', 'a-2'], ['models']],
    ...[
      ['train', 'train.yaml'],
      ['infer', 'infer.yaml'],
    ],
  ])('speaks of credentials where there are none, and not of the network: %s', async (...words) => {
    const { code, message, remedy } = await said(words);
    expect({ code, message }).toEqual({
      code: 'LS_UNAVAILABLE',
      message: expect.stringMatching(/^expected credentials for AWS, found none in the environment or in ~\/\.aws \(/),
    });
    expect(remedy).toMatch(/`aws sso login`/);
    expect(remedy).not.toMatch(/network/);
  });

  it('names a profile that is not there, and the command that lists those that are', async () => {
    const { message, remedy } = await said(['status'], { AWS_PROFILE: 'nothing' });
    expect(message).toMatch(/^expected credentials for AWS, found none with AWS_PROFILE=nothing \(/);
    expect(remedy).toMatch(/`aws configure list-profiles` has nothing;.*`aws sso login --profile nothing`/);
  });

  it('says that nobody has logged in', async () => {
    write('.aws/config', PROFILE);
    const { message, remedy } = await said(['status'], { AWS_PROFILE: 'work' });
    expect(message).toMatch(/^expected somebody who is logged in, found no session with AWS_PROFILE=work \(/);
    expect(remedy).toBe('Log in: `aws sso login --profile work`.');
  });

  it('says that a login of long ago has expired', async () => {
    write('.aws/config', PROFILE);
    const token = { accessToken: 'a', region: 'eu-west-1', expiresAt: '2020-01-01T00:00:00Z' };
    const file = createHash('sha1').update('office').digest('hex');
    write(`.aws/sso/cache/${file}.json`, JSON.stringify({ startUrl: 'https://office.awsapps.com/start', ...token }));
    const { message, remedy } = await said(['status'], { AWS_PROFILE: 'work' });
    expect(message).toMatch(/^expected credentials that are valid, got expired ones with AWS_PROFILE=work \(/);
    expect(remedy).toMatch(/`aws sso login --profile work`/);
  });

  it('says that variables hold expired credentials', async () => {
    const url = await refusing('ExpiredTokenException', 'The security token included in the request is expired');
    const { message, remedy } = await said(['status'], { ...KEYS, AWS_ENDPOINT_URL: url });
    expect(message).toMatch(/^expected credentials that are valid, got expired ones \(ExpiredTokenException: /);
    expect(remedy).toMatch(/renew the variables/);
  });

  it('says that the table of the stack is not there', async () => {
    const { url, stop } = await startDynamoDb();
    const { message, remedy } = await said(['status'], { ...KEYS, AWS_ENDPOINT_URL: url }).finally(stop);
    expect(message).toMatch(/^expected the stack of these outputs, found a part of it missing .*ResourceNotFound/);
    expect(remedy).toMatch(/`aws sts get-caller-identity`.*`cdk deploy --outputs-file`/);
  });

  it.each([
    ['RequestTimeTooSkewed', 'The difference between the request time and the server time is too large.', /clock/],
    ['InvalidAccessKeyId', 'The key does not exist in our records.', /get-caller-identity/],
  ])('does not blame an object for what S3 says of whoever asks: %s', async (code, text, mends) => {
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
    const url = await answering(403, 'application/xml', xml);
    const { message, remedy } = await said(['models'], { ...KEYS, AWS_ENDPOINT_URL: url });
    expect(message).toMatch(new RegExp(`^expected .+, got .+ \\(${code}: `));
    expect(remedy).toMatch(mends);
  });

  it('says of a clock that is off that it is off', async () => {
    const url = await refusing(
      'InvalidSignatureException',
      'Signature expired: 20260101T000000Z is now earlier than …',
    );
    const { message, remedy } = await said(['status'], { ...KEYS, AWS_ENDPOINT_URL: url });
    expect(message).toMatch(/^expected a clock that is right/);
    expect(remedy).toMatch(/timedatectl/);
  });

  it('needs no region but that of the stack, and says so where the outputs have none', async () => {
    write('outputs.json', JSON.stringify({ Lockstep: { ...OUTPUTS, TrainingWorkflowArn: 'Training' } }));
    const { message, remedy } = await said(['status'], KEYS);
    expect(message).toMatch(/^expected a region, found none .*\(Error: Region is missing\)/);
    expect(remedy).toMatch(/`export AWS_REGION=/);
  });

  it('speaks of the network where nobody listens', async () => {
    const { remedy } = await said(['status'], { ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect(remedy).toMatch(/network/);
  });
});
