// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is CloudFormation that fills these in

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadAssemblies, loadAssembly } from '../../../localstack/embedded/template/assembly.ts';
import { machineShare } from '../../../localstack/embedded/template/function.ts';
import { loadStack } from '../../../localstack/embedded/template/stack.ts';
import { type SmallStack, writeAssembly } from '../assembly.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function load(stack: SmallStack | Parameters<typeof writeAssembly>[0]) {
  const folder = writeAssembly(typeof stack === 'function' ? stack : () => stack);
  folders.push(folder);
  return loadStack(loadAssembly(folder), { queueUrl: (name) => `http://127.0.0.1:1/0/${name}` });
}

describe('a stack', () => {
  it('gives every resource its name, ARN and resolved properties', () => {
    const stack = load({
      Resources: {
        Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { Replicas: [{ Region: { Ref: 'AWS::Region' } }] } },
        Bucket: { Type: 'AWS::S3::Bucket' },
        Named: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'data-${AWS::AccountId}' } } },
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      },
    });
    expect(stack.tables).toEqual([
      {
        logicalId: 'Table',
        ref: 'Small-Table',
        arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Small-Table',
        properties: { Replicas: [{ Region: 'us-east-1' }] },
      },
    ]);
    expect(stack.buckets.map(({ ref }) => ref)).toEqual(['small-bucket', 'data-000000000000']);
    expect(stack.queues[0]).toMatchObject({
      ref: 'http://127.0.0.1:1/0/q',
      arn: 'arn:aws:sqs:us-east-1:000000000000:q',
    });
  });

  it('finds the code of functions, with the defaults of AWS', () => {
    const stack = load((code) => ({
      Resources: {
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Runtime: 'nodejs24.x',
            Handler: 'a.handler',
            Code: code({ 'a.cjs': '' }),
            ReservedConcurrentExecutions: 2,
            Environment: { Variables: { N: 5, QUEUE: { Ref: 'Q' } } },
          },
        },
        Q: { Type: 'AWS::SQS::Queue' },
      },
    }));
    expect(stack.functions[0]).toEqual({
      name: 'Small-F',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:Small-F',
      code: { path: expect.stringMatching(/asset\.[0-9a-f]{64}$/) },
      handler: 'a.handler',
      timeoutMs: 3000,
      memoryMiB: 128,
      environment: { LOCKSTEP_PROCESSORS: '1', N: '5', QUEUE: 'http://127.0.0.1:1/0/Small-Q' },
      maxConcurrency: 2,
    });
  });

  it('divides the processors between the environments of a function', () => {
    expect(machineShare(3538, 2)).toEqual({ environments: 2, processors: 1 });
    expect(machineShare(3538, 16)).toEqual({ environments: 8, processors: 2 });
    expect(machineShare(1769, 16)).toEqual({ environments: 8, processors: 1 });
    expect(machineShare(10_240, 1)).toEqual({ environments: 1, processors: 1 });
    expect(machineShare(128, 1)).toEqual({ environments: 8, processors: 1 });
    expect(machineShare(900, 2)).toEqual({ environments: 3, processors: 1 });
  });

  it('leaves out what a condition excludes, and takes parameters by their defaults', () => {
    const stack = load({
      Parameters: {
        Stage: { Type: 'String', Default: 'test' },
        Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/ami/id' },
      },
      Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] } },
      Resources: {
        Kept: { Type: 'AWS::S3::Bucket', Properties: { Tag: { Ref: 'Stage' } } },
        Dropped: { Type: 'AWS::S3::Bucket', Condition: 'IsProd' },
      },
      Outputs: {
        Image: { Value: { Ref: 'Image' } },
        Bucket: { Value: { 'Fn::GetAtt': ['Kept', 'Arn'] } },
        Prod: { Value: 'x', Condition: 'IsProd' },
      },
    });
    expect(stack.buckets.map(({ logicalId }) => logicalId)).toEqual(['Kept']);
    expect(stack.buckets[0]?.properties).toEqual({ Tag: 'test' });
    expect(stack.outputs).toEqual({ Image: 'ssm-/ami/id', Bucket: 'arn:aws:s3:::small-kept' });
  });

  it('lists what has no local twin and would be missed, and gives it and the others a plausible name all the same', () => {
    const stack = load({
      Resources: {
        Role: { Type: 'AWS::IAM::Role' },
        Vpc: { Type: 'AWS::EC2::VPC' },
        Novel: { Type: 'AWS::Novel::Thing' },
        Subnet: {
          Type: 'AWS::EC2::Subnet',
          Properties: { VpcId: { Ref: 'Vpc' }, AvailabilityZone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] } },
        },
      },
      Outputs: { Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } }, Novel: { Value: { Ref: 'Novel' } } },
    });
    expect(stack.notEmulated).toEqual(['Novel (AWS::Novel::Thing): the local cloud has no such service']);
    expect(stack.outputs).toEqual({ Role: 'arn:aws:iam::000000000000:role/Small-Role', Novel: 'Small-Novel' });
    expect(stack.subnets[0]?.properties).toMatchObject({
      AvailabilityZone: 'us-east-1b',
      VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/),
    });
  });
});

describe('a template that cannot be resolved', () => {
  it.each([
    ['an unknown resource', { Ref: 'Nobody' }, 'neither a parameter nor a resource Nobody'],
    ['an unknown attribute', { 'Fn::GetAtt': ['B', 'WebsiteURL'] }, 'has no attribute WebsiteURL'],
    ['an unknown intrinsic', { 'Fn::Transform': 'x' }, 'Fn::Transform'],
    ['an export that no stack of the app has', { 'Fn::ImportValue': 'x' }, 'no stack of the app exports x'],
  ])('names the resource that has it: %s', (_, value, message) => {
    const Resources = { B: { Type: 'AWS::S3::Bucket' }, Q: { Type: 'AWS::SQS::Queue', Properties: { Tag: value } } };
    expect(() => load({ Resources })).toThrow(/Q \(AWS::SQS::Queue\) cannot be resolved/);
    expect(() => load({ Resources })).toThrow(message);
  });
});

describe('a function', () => {
  const inline = { ZipFile: 'exports.handler = () => 1;' };
  const withCode = (given: object) => {
    const Properties = { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: inline, ...given };
    return load({ Resources: { F: { Type: 'AWS::Lambda::Function', Properties } } });
  };

  it('may have its code in the template', () => {
    expect(withCode({}).functions[0]).toMatchObject({ code: { inline: inline.ZipFile } });
    expect(withCode({}).notEmulated).toEqual([]);
  });

  it.each([
    [
      'is not Node.js',
      { Runtime: 'python3.13' },
      /is not Node.js code in a file asset of the assembly, but python3.13$/,
    ],
    ['is an image', { Runtime: undefined, Code: { ImageUri: 'x' } }, /but a container image$/],
    ['has layers', { Layers: ['arn'] }, /layers, which the local cloud does not mount$/],
  ])('that %s is left out, by name and type and with the reason', (_, given, reason) => {
    const stack = withCode(given);
    expect(stack.functions).toEqual([]);
    expect(stack.notEmulated).toEqual([expect.stringMatching(/^F \(AWS::Lambda::Function\): the function F /)]);
    expect(stack.notEmulated[0]).toMatch(reason);
  });
});

describe('a folder', () => {
  it('that cdk synth did not write is refused with what to do', () => {
    expect(() => loadAssembly('/no/such/folder')).toThrowError(
      expect.objectContaining({ code: 'LS_USAGE', remedy: 'Run `npm run synth`.' }),
    );
  });

  it('with two stacks is refused', () => {
    const folder = writeAssembly(() => ({ Resources: {} }));
    folders.push(folder);
    const stack = { type: 'aws:cloudformation:stack' };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: { A: stack, B: stack } }));
    expect(() => loadAssembly(folder)).toThrow('expected one stack');
    expect(() => loadAssemblies(folder, ['C'])).toThrow(`expected a stack C in ${folder}, found A, B`);
  });
});
