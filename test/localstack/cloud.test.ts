import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalCloud } from '../../localstack/embedded/cloud.ts';
import { startCloud } from '../../localstack/embedded/start-cloud.ts';
import { writeAssembly } from './assembly.ts';
import { isAlive } from './processes.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const handler = (body: string) => `exports.handler = async (event) => { ${body} };`;

const definition = (code: unknown) => ({
  'Fn::Join': [
    '',
    [JSON.stringify(code).split('@Square')[0], arnOf('Square'), JSON.stringify(code).split('@Square')[1]],
  ],
});

const assembly = writeAssembly((code) => ({
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      },
    },
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } },
    },
    Quiet: { Type: 'AWS::S3::Bucket' },
    Square: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: code({
          'index.js': handler('return { pid: process.pid, square: event.n ** 2, table: process.env.TABLE }'),
        }),
        Environment: { Variables: { TABLE: { Ref: 'Table' } } },
      },
    },
    // Fails for the messages whose body says so, and leaves a file for the others.
    Worker: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'worker.handler',
        Timeout: 5,
        Code: code({
          'worker.cjs': handler(
            'for (const r of event.Records) console.log(r.body); return { batchItemFailures: event.Records.filter((r) => r.body.includes("poison")).map((r) => ({ itemIdentifier: r.messageId })) }',
          ),
        }),
      },
    },
    Dead: { Type: 'AWS::SQS::Queue' },
    Work: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 1,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 2 },
      },
    },
    WorkSource: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: arnOf('Work'),
        FunctionName: { Ref: 'Worker' },
        BatchSize: 5,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        DefinitionString: definition({
          StartAt: 'Compute',
          States: {
            Compute: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Parameters: { FunctionName: '@Square', 'Payload.$': '$' },
              ResultSelector: { 'square.$': '$.Payload.square', 'table.$': '$.Payload.table' },
              ResultPath: '$.result',
              Next: 'Store',
            },
            Store: {
              Type: 'Task',
              Resource: 'arn:aws:states:::dynamodb:putItem',
              Parameters: {
                TableName: 'Small-Table',
                Item: { pk: { 'S.$': '$$.Execution.Name' }, n: { 'N.$': "States.Format('{}', $.result.square)" } },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
              ResultPath: null,
              Catch: [
                { ErrorEquals: ['DynamoDB.ConditionalCheckFailedException'], ResultPath: '$.error', Next: 'Known' },
              ],
              End: true,
            },
            Known: { Type: 'Pass', Result: 'known', End: true },
          },
        }),
      },
    },
    OnInbox: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: [{ Ref: 'Bucket' }] }, object: { key: [{ wildcard: 'inbox/*.arrow' }] } },
        },
        Targets: [
          {
            Id: 'T',
            Arn: arnOf('Machine'),
            InputTransformer: { InputPathsMap: { size: '$.detail.object.size' }, InputTemplate: '{"n": <size>}' },
          },
        ],
      },
    },
    OnUnknown: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { source: ['test'] },
        Targets: [
          {
            Id: 'T',
            Arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:gone',
            RetryPolicy: { MaximumRetryAttempts: 1 },
            DeadLetterConfig: { Arn: arnOf('Dead') },
          },
        ],
      },
    },
    OnEnd: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: {
          source: ['aws.states'],
          'detail-type': ['Step Functions Execution Status Change'],
          detail: { status: ['FAILED', 'ABORTED'] },
        },
        Targets: [{ Id: 'T', Arn: arnOf('Ended'), InputPath: '$.detail.status' }],
      },
    },
    Ended: { Type: 'AWS::SQS::Queue' },
    Role: { Type: 'AWS::IAM::Role' },
  },
  Outputs: { MachineArn: { Value: { Ref: 'Machine' } }, BucketName: { Value: { Ref: 'Bucket' } } },
}));

let cloud: LocalCloud;
let stateDir: string;
let config: { region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
const endpoint = (service: string) => cloud.env[`AWS_ENDPOINT_URL_${service}`] as string;
const client = {
  dynamodb: () => new DynamoDBClient({ ...config, endpoint: endpoint('DYNAMODB') }),
  s3: () => new S3Client({ ...config, endpoint: endpoint('S3'), forcePathStyle: true }),
  sfn: () => new SFNClient({ ...config, endpoint: endpoint('SFN') }),
  sqs: () => new SQSClient({ ...config, endpoint: endpoint('SQS') }),
  events: () => new EventBridgeClient({ ...config, endpoint: endpoint('EVENTBRIDGE') }),
};

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'lockstep-cloud-'));
  cloud = await startCloud({ assemblyDir: assembly, stateDir });
  config = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
});
afterAll(async () => {
  await cloud.stop();
  rmSync(stateDir, { recursive: true, force: true });
  rmSync(assembly, { recursive: true, force: true });
});

async function ended(executionArn: string | undefined) {
  for (let i = 0; i < 500; i++) {
    const described = await client.sfn().send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') return described;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${executionArn} did not end`);
}
async function run(input: unknown, name?: string) {
  const stateMachineArn = cloud.outputs.MachineArn;
  const start = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) });
  return ended((await client.sfn().send(start)).executionArn);
}
const queueUrl = async (QueueName: string) =>
  (await client.sqs().send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string;
async function receive(queue: string, seconds = 15): Promise<string | undefined> {
  const QueueUrl = await queueUrl(queue);
  for (let i = 0; i < seconds; i++) {
    const { Messages } = await client.sqs().send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    if (Messages?.[0] !== undefined) return Messages[0].Body;
  }
  return undefined;
}

describe('the local cloud of a small stack', () => {
  it('runs a state machine over a function and a table', async () => {
    const { status, output } = await run({ n: 7 }, 'seven');
    expect([status, JSON.parse(output as string)]).toEqual([
      'SUCCEEDED',
      { n: 7, result: { square: 49, table: 'Small-Table' } },
    ]);
    const key = { TableName: 'Small-Table', Key: { pk: { S: 'seven' } } };
    expect((await client.dynamodb().send(new GetItemCommand(key))).Item).toEqual({
      pk: { S: 'seven' },
      n: { N: '49' },
    });
  });

  it('names a failed condition as AWS does, so that Catch matches it', async () => {
    const item = { TableName: 'Small-Table', Item: { pk: { S: 'taken' } } };
    await client.dynamodb().send(new PutItemCommand(item));
    expect((await run({ n: 1 }, 'taken')).output).toBe('"known"');
  });

  it('starts an execution for an object that fits a rule, and none for another', async () => {
    const put = (Bucket: string, Key: string) => client.s3().send(new PutObjectCommand({ Bucket, Key, Body: 'four' }));
    const bucket = cloud.outputs.BucketName as string;
    await Promise.all([put('small-quiet', 'inbox/a.arrow'), put(bucket, 'other/a.arrow'), put(bucket, 'inbox/b.txt')]);
    await put(bucket, 'inbox/a.arrow');
    const list = new ListExecutionsCommand({ stateMachineArn: cloud.outputs.MachineArn });
    const started = async () => {
      const { executions = [] } = await client.sfn().send(list);
      return executions.filter(({ name }) => /^[0-9a-f-]{36}$/.test(name as string));
    };
    await expect.poll(async () => (await started()).length, { timeout: 10_000 }).toBe(1);
    const { output } = await ended((await started())[0]?.executionArn);
    expect(JSON.parse(output as string)).toMatchObject({ n: 4, result: { square: 16 } });
    expect(await started()).toHaveLength(1);
  });

  it('tells rules of an execution that was aborted or failed', async () => {
    expect((await run({ n: 'not a number' }, 'not-a-number')).status).toBe('FAILED');
    expect(await receive('Small-Ended')).toBe('"FAILED"');
  });

  it('keeps an event that cannot be delivered in the dead-letter queue', async () => {
    const Entries = [{ Source: 'test', DetailType: 'lost', Detail: '{"k":1}' }];
    const { FailedEntryCount } = await client.events().send(new PutEventsCommand({ Entries }));
    expect(FailedEntryCount).toBe(0);
    expect(JSON.parse((await receive('Small-Dead')) as string)).toMatchObject({
      'detail-type': 'lost',
      detail: { k: 1 },
    });
  });

  it('gives a function the messages of a queue; only what failed comes back, and then goes to the dead letters', async () => {
    const QueueUrl = await queueUrl('Small-Work');
    for (const MessageBody of ['good 1', 'poison', 'good 2']) {
      await client.sqs().send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    expect(await receive('Small-Dead')).toBe('poison');
    const handled = readFileSync(join(stateDir, 'logs', 'Small-Worker.log'), 'utf8')
      .trim()
      .split('\n');
    expect(handled.filter((line) => line.startsWith('good')).sort()).toEqual(['good 1', 'good 2']);
    expect(handled.filter((line) => line === 'poison')).toHaveLength(2);
  });

  it('writes every start and end of an execution down', () => {
    const lines = readFileSync(join(stateDir, 'executions.jsonl'), 'utf8').trim().split('\n');
    const seven = lines.map((line) => JSON.parse(line)).filter(({ name }) => name === 'seven');
    expect(seven.map(({ status }) => status)).toEqual(['RUNNING', 'SUCCEEDED']);
  });
});

const open = (port: number) =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** A server on a port whose two neighbours below it are free. */
async function thirdOfThreeFreePorts(): Promise<{ taken: Server; port: number }> {
  for (;;) {
    const taken = await open(0);
    const { port } = taken.address() as AddressInfo;
    try {
      for (const below of [port - 2, port - 1]) (await open(below)).close();
      return { taken, port };
    } catch {
      taken.close();
    }
  }
}

describe('the end of the local cloud', () => {
  it('stops its processes and frees its ports, and may be asked for twice', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lockstep-cloud-'));
    const own = await startCloud({ assemblyDir: assembly, stateDir: dir });
    const url = own.env.AWS_ENDPOINT_URL_LAMBDA;
    const answer = await fetch(`${url}/2015-03-31/functions/Small-Square/invocations`, { method: 'POST', body: '{}' });
    const { pid } = (await answer.json()) as { pid: number };
    expect(isAlive(pid)).toBe(true);

    await Promise.all([own.stop(), own.stop()]);

    await expect.poll(() => isAlive(pid)).toBe(false);
    const urls = Object.entries(own.env).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL_'));
    expect(urls.length).toBeGreaterThan(6);
    for (const [, each] of urls) await expect(fetch(each)).rejects.toThrow('fetch failed');
    rmSync(dir, { recursive: true, force: true });
  });

  it('comes also where a part could not start: the port is named and nothing is left behind', async () => {
    const { taken, port } = await thirdOfThreeFreePorts();
    const dir = mkdtempSync(join(tmpdir(), 'lockstep-cloud-'));
    // The ports go up from the first: the one that is taken is asked for after some others were opened.
    const starting = startCloud({ assemblyDir: assembly, stateDir: dir, port: port - 2 });
    await expect(starting).rejects.toMatchObject({
      code: 'LS_PORT_BUSY',
      message: expect.stringContaining(String(port)),
    });
    await expect(fetch(`http://127.0.0.1:${port - 2}`)).rejects.toThrow('fetch failed');
    taken.close();
    rmSync(dir, { recursive: true, force: true });
  });
});
