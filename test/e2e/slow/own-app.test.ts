/** Somebody's own CDK app that embeds Lockstep beside resources of theirs, brought up whole and used by the commands. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrowFile, classifier } from '../../fixtures/small-data.ts';
import { type Command, type Ended, lockstep, processesAfter, stateFolder } from '../command.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const from = (path: string) => JSON.stringify(join(ROOT, path));

/** Theirs: a table in a stack of its own, a function that writes there what appears in Lockstep's bucket, and more. */
const APP = `
import { App, CfnOutput, Duration, Stack } from ${from('node_modules/aws-cdk-lib/index.js')};
import { AttributeType, Table } from ${from('node_modules/aws-cdk-lib/aws-dynamodb/index.js')};
import { Rule, Schedule } from ${from('node_modules/aws-cdk-lib/aws-events/index.js')};
import { LambdaFunction } from ${from('node_modules/aws-cdk-lib/aws-events-targets/index.js')};
import { Code, Function, Runtime } from ${from('node_modules/aws-cdk-lib/aws-lambda/index.js')};
import { Topic } from ${from('node_modules/aws-cdk-lib/aws-sns/index.js')};
import { bundle } from ${from('infra/bundle.ts')};
import { Lockstep } from ${from('infra/index.ts')};

const app = new App({ analyticsReporting: false });
const data = new Stack(app, 'Data');
const seen = new Table(data, 'Seen', { partitionKey: { name: 'key', type: AttributeType.STRING } });
const platform = new Stack(app, 'Platform', { description: app.node.tryGetContext('team') });
const lockstep = new Lockstep(platform, 'Training', {
  bundle: await bundle(${JSON.stringify(ROOT)}, { platform: { os: process.platform, arch: process.arch } }),
});
const note = new Function(platform, 'Note', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  timeout: Duration.seconds(20),
  environment: { SEEN: seen.tableName },
  code: Code.fromInline(\`exports.handler = async ({ detail }) => {
    const body = JSON.stringify({ TableName: process.env.SEEN, Item: { key: { S: detail.object.key } } });
    const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
    const headers = { authorization, 'x-amz-date': '20260101T000000Z', 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' };
    const { status } = await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, { method: 'POST', headers, body });
    if (status !== 200) throw new Error(String(status));
  };\`),
});
const { bucket } = lockstep.deployment.data;
new Rule(platform, 'Published', {
  eventPattern: { source: ['aws.s3'], detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ wildcard: '*/manifest.json' }] } } },
  targets: [new LambdaFunction(note)],
});
new Rule(platform, 'Nightly', { schedule: Schedule.cron({ hour: '3' }), targets: [new LambdaFunction(note)] });
new Function(platform, 'Report', { runtime: Runtime.PYTHON_3_13, handler: 'index.handler', code: Code.fromInline('def handler(*_): pass') });
new Topic(platform, 'Announcements');
new CfnOutput(platform, 'SeenTable', { value: seen.tableName });
app.synth();
`;
const TASK = `import { run } from 'lockstep/task';
await run(async (task) => {
  const [sum] = await task.allReduce(Float32Array.of(task.rank + 1));
  if (task.rank === 0) await task.result({ sum: sum ?? 0 }, {});
});
`;

const home = stateFolder();
const folder = join(home.path, 'app');
let up: Command | undefined;
const command = (...args: readonly string[]): Command => lockstep(home.path, args, folder);
const run = (...args: readonly string[]): Promise<Ended> => command(...args, '--json').ended;

beforeAll(async () => {
  mkdirSync(folder);
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  write('app.ts', APP);
  write('cdk.json', JSON.stringify({ context: { team: 'ours' } }));
  write('task.ts', TASK);
  write('rows.arrow', await arrowFile(3, 10));
  write('model.onnx', classifier(3));
  const gang = { hosts: 2, tasksPerHost: 1, instanceTypes: ['g5.xlarge'] };
  write('train.yaml', JSON.stringify({ kind: 'train', name: 'ours', gang, task: { module: './task.ts' } }));
  const predict = { kernel: 'argmax' };
  write(
    'infer.yaml',
    JSON.stringify({ kind: 'infer', name: 'rows', model: './model.onnx', input: ['./rows.arrow'], predict }),
  );
});
afterAll(async () => {
  up?.child.kill('SIGTERM');
  await up?.ended;
  expect(await processesAfter(home.path, 10_000)).toEqual([]);
  home.remove();
});

it('comes up, and says what of it is left out: by name, type and reason', async () => {
  up = command('local', 'up', '--app', `${process.execPath} app.ts`);
  await up.until('The local cloud is up.', 150_000);
  const said = up.stderr();
  expect(said).toMatch(/Left out: Announcements\w+ \(AWS::SNS::Topic\): the local cloud has no such service/);
  expect(said).toMatch(/Left out: Report\w+ \(AWS::Lambda::Function\): .*python3\.13/);
  expect(said).toMatch(/Left out: Nightly\w+ \(AWS::Events::Rule\): .*cron\(/);
  expect(said.match(/Left out/g)).toHaveLength(3);
});

it('trains and infers by the commands as they are, and its own function hears of it', async () => {
  const trained = await run('train', 'train.yaml');
  expect(trained.summary, trained.stderr).toMatchObject({ ok: true, hostsAcquired: 2, hostsReleased: 2 });
  const inferred = await run('infer', 'infer.yaml');
  expect(inferred.summary, inferred.stderr).toMatchObject({ ok: true, rowsPredicted: 10 });
  const { variables } = (await run('local', 'env')).summary as unknown as {
    readonly variables: Record<string, string>;
  };
  expect(variables.LOCKSTEP_BUCKET_NAME).toBe(variables.LOCKSTEP_TRAINING_BUCKET_NAME);
  const keys = async () => {
    const reply = await fetch(variables.AWS_ENDPOINT_URL_DYNAMODB ?? '', {
      method: 'POST',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        'x-amz-date': '20260101T000000Z',
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.Scan',
      },
      body: JSON.stringify({ TableName: variables.LOCKSTEP_SEEN_TABLE }),
    });
    const { Items = [] } = (await reply.json()) as {
      readonly Items?: readonly { readonly key: { readonly S: string } }[];
    };
    return Items.map(({ key }) => key.S);
  };
  await expect.poll(keys, { timeout: 20_000 }).toEqual([expect.stringMatching(/^runs\/ours-.*\/manifest\.json$/)]);
});

it('that fails is told by what it said, and leaves nothing up', async () => {
  writeFileSync(join(folder, 'broken.ts'), "throw new Error('no such zone');");
  const other = join(home.path, 'other');
  const { code, stderr } = await lockstep(other, ['local', 'up', '--app', `${process.execPath} broken.ts`], folder)
    .ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(/to synthesize an app, but it ended with 1: .*no such zone/s);
  expect(await processesAfter(other, 5_000)).toEqual([]);
});
