import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { describe, expect, it } from 'vitest';
import { STREAM_LOG } from '#core/names.ts';
import { LockstepStack } from '../../infra/stack.ts';
import { StreamInference, type StreamInferenceProps } from '../../infra/stream-inference.ts';
import { actionsOf } from './called-actions.ts';
import { emptyBundle, resources, text } from './synthesized.ts';

/** A deployment with a stream beside it, made as `props` say. */
function withStream(props: (stack: Stack) => Partial<StreamInferenceProps> = () => ({})): Template {
  const app = new App({ analyticsReporting: false });
  const base = new LockstepStack(app, 'Base', { bundle: emptyBundle(), dashboard: false });
  new StreamInference(base, 'Flowers', { deployment: base.deployment, streamName: 'flowers', ...props(base) });
  return Template.fromStack(base);
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const statementsOf = (template: Template): readonly Statement[] =>
  Object.entries(resources(template, 'AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('FlowersAnswer'))
    .flatMap(
      ([, { Properties }]) => (Properties.PolicyDocument as { readonly Statement: readonly Statement[] }).Statement,
    );

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const FROM_QUEUE = [
  ...['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
  'sqs:ReceiveMessage',
];
const FROM_SHARDS = [
  ...['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator'],
  'kinesis:DescribeStreamConsumer',
  ...['kinesis:ListShards', 'kinesis:ListStreams', 'kinesis:SubscribeToShard'],
  ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
];

describe.each([
  ['a queue', () => ({}), FROM_QUEUE],
  ['shards', (stack: Stack) => ({ source: new Stream(stack, 'Clicks') }), FROM_SHARDS],
] as const)('a stream that takes from %s', (_, props, byTrigger) => {
  const template = withStream(props);
  const allowed = [...new Set(statementsOf(template).flatMap(({ Action }) => Action))].sort();

  it('may do what its code calls and what hands records over, and nothing else', () => {
    expect(allowed).toEqual([...new Set([...LOG, ...byTrigger, ...actionsOf('functions/answer-stream.ts')])].sort());
  });

  it('writes below its own prefix alone, and not where records arrive', () => {
    const writes = statementsOf(template).filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    const places = writes.flatMap(({ Resource }) => [Resource].flat().map(text));
    expect(places.map((place) => place.slice(place.indexOf('/'))).sort()).toEqual(
      ['answers', 'dead', 'parts', 'plans'].map((folder) => `/streams/flowers/${folder}/*`),
    );
  });

  it('asks to be told which records failed', () => {
    const [mapping] = Object.entries(resources(template, 'AWS::Lambda::EventSourceMapping')).filter(([id]) =>
      id.startsWith('FlowersAnswer'),
    );
    expect(mapping?.[1].Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('has an alarm for records that are late, set aside, or lost', () => {
    const alarms = Object.entries(resources(template, 'AWS::CloudWatch::Alarm')).filter(([id]) =>
      id.startsWith('Flowers'),
    );
    expect(alarms.map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual([
      'FlowersRecordsLate',
      'FlowersRecordsLost',
      'FlowersRecordsSetAside',
    ]);
    const [filter] = Object.values(resources(template, 'AWS::Logs::MetricFilter'));
    expect(filter?.Properties.FilterPattern).toBe(`{ $.message = "${STREAM_LOG.setAside}" }`);
  });
});

describe('the queue of a stream', () => {
  it('hides a message for longer than its function can work, and keeps what ends the function', () => {
    const queues = Object.entries(resources(withStream(), 'AWS::SQS::Queue')).filter(([id]) =>
      id.startsWith('Flowers'),
    );
    const [, records] = queues.find(([id]) => id.startsWith('FlowersRecords')) ?? [];
    expect(records?.Properties.VisibilityTimeout).toBe(360);
    expect(records?.Properties.RedrivePolicy).toMatchObject({ maxReceiveCount: 10 });
    expect(JSON.stringify(records?.Properties.RedrivePolicy)).toContain('FlowersDeadLetters');
  });

  it('may be a FIFO queue, which S3 does not write to', () => {
    const template = withStream(() => ({ fifo: true }));
    const rules = Object.keys(resources(template, 'AWS::Events::Rule')).filter((id) => id.startsWith('Flowers'));
    expect(rules).toEqual([]);
    const queues = Object.entries(resources(template, 'AWS::SQS::Queue')).filter(([id]) => id.startsWith('Flowers'));
    expect(queues.map(([, { Properties }]) => Properties.FifoQueue)).toEqual([true, true]);
  });
});

describe('a deployment with streams', () => {
  const app = new App({ analyticsReporting: false });
  const stack = new LockstepStack(app, 'Named', { bundle: emptyBundle(), streams: ['flowers', 'late-clicks'] });
  const template = Template.fromStack(stack);

  it('says where the queue of each is, and shows each on its dashboard', () => {
    expect(Object.keys(template.findOutputs('*'))).toEqual(
      expect.arrayContaining(['StreamQueueFlowers', 'StreamQueueLateClicks']),
    );
    const [dashboard] = Object.values(resources(template, 'AWS::CloudWatch::Dashboard'));
    expect(JSON.stringify(dashboard)).toContain('Stream late-clicks: age of the oldest record');
  });
});
