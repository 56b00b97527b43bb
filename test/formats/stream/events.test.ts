/** Events in the shapes that the services document, and what of them is a record. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordsOf, type StreamEvent } from '#formats/stream/events.ts';
import { payloadsOf } from '#formats/stream/payload.ts';

const golden = (name: string): StreamEvent => JSON.parse(readFileSync(`test/fixtures/stream/${name}.json`, 'utf8'));
const sqs = (body: unknown, more: object = {}): StreamEvent => ({
  Records: [
    {
      ...{ messageId: 'm1', body: typeof body === 'string' ? body : JSON.stringify(body) },
      ...{ attributes: { ApproximateReceiveCount: '2' }, eventSourceARN: 'arn:aws:sqs:eu-west-1:1:flowers', ...more },
    },
  ],
});
const only = (event: StreamEvent) => {
  const [record, ...others] = recordsOf(event);
  expect(others).toEqual([]);
  return record;
};

describe('a message of SQS', () => {
  it('is a record with what says how often and in which group it came', () => {
    const [first, second] = recordsOf(golden('sqs-fifo'));
    expect(first).toMatchObject({
      id: '11d6ee51-4cc7-4302-9e22-7cd8afdaadf5',
      group: 'orders',
      receives: 1,
      arrivedMs: 1_573_251_510_774,
      payload: { kind: 'rows', rows: [{ id: 1, x: 0.5 }] },
    });
    expect(second?.sourceId).toBe('arn:aws:sqs:us-east-2:123456789012:fifo.fifo/2e1424d4-f796-459a-8184-9c92662be6da');
  });

  it('of a queue that is no FIFO queue has no order, also where it has a group, to share fairly', () => {
    expect(only(sqs({ rows: [{}] }, { attributes: { MessageGroupId: 'tenant' } }))?.group).toBeUndefined();
  });

  it('names an object in the words of S3, whose keys are encoded as in forms', () => {
    expect(only(golden('sqs-s3'))).toMatchObject({
      payload: {
        kind: 'object',
        uri: 's3://amzn-s3-demo-bucket/new flowers/a+b.arrow',
        etag: '"0123456789abcdef0123456789abcdef"',
      },
      sourceId: 's3://amzn-s3-demo-bucket/new flowers/a+b.arrow@"0123456789abcdef0123456789abcdef"#0A1B2C3D4E5F678901',
    });
  });

  it('names an object in the words of EventBridge, whose keys are as they are', () => {
    expect(only(golden('sqs-eventbridge-s3'))?.payload).toMatchObject({ uri: 's3://amzn-s3-demo-bucket/a+b.arrow' });
  });

  it('may come through SNS', () => {
    const { body } = golden('sqs-s3').Records[0] as { readonly body: string };
    expect(only(sqs({ Type: 'Notification', MessageId: 'n', Message: body }))?.payload.kind).toBe('object');
  });

  it('is no record where S3 tests a notification, or an object went away', () => {
    expect(recordsOf(sqs({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' }))).toEqual([]);
    const removed = JSON.parse((golden('sqs-s3').Records[0] as { readonly body: string }).body);
    removed.Records[0].eventName = 'ObjectRemoved:Delete';
    expect(recordsOf(sqs(removed))).toEqual([]);
  });

  it('that names two objects is two records with one id', () => {
    const two = JSON.parse((golden('sqs-s3').Records[0] as { readonly body: string }).body);
    two.Records.push({
      ...two.Records[0],
      s3: { ...two.Records[0].s3, object: { key: 'b', eTag: 'e', sequencer: '1' } },
    });
    const records = recordsOf(sqs(two));
    expect(records.map(({ id }) => id)).toEqual(['m1', 'm1']);
    expect(new Set(records.map(({ sourceId }) => sourceId)).size).toBe(2);
  });

  it('that nobody can read is a record all the same, to be set aside', () => {
    expect(only(sqs('no such thing'))).toMatchObject({
      payload: { kind: 'unreadable', code: 'LS_RECORD_INVALID' },
      whole: { body: 'no such thing' },
      receives: 2,
    });
  });
});

describe('a record of Kinesis', () => {
  it('is one with its shard as its group, and bytes of Arrow as they are', () => {
    const [json, arrow] = recordsOf(golden('kinesis'));
    expect(json).toMatchObject({
      id: '49590338271490256608559692538361571095921575989136588898',
      group: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream/shardId-000000000006',
      arrivedMs: 1_545_084_650_987,
      payload: { kind: 'rows', rows: [{ id: 3, x: 1.5 }] },
    });
    expect(json?.sourceId).toMatch(/lambda-stream\/shardId-000000000006:4959033827149025660855969253836157/);
    expect(arrow?.payload.kind).toBe('arrow');
  });

  it('that the KPL has aggregated is refused by name', () => {
    const event = structuredClone(golden('kinesis')) as unknown as { Records: { kinesis: { data: string } }[] };
    for (const { kinesis } of event.Records) kinesis.data = Buffer.from('f3899ac20a0b', 'hex').toString('base64');
    expect(recordsOf(event as unknown as StreamEvent)[0]?.payload).toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('KPL'),
    });
  });
});

describe('a text', () => {
  const id = { id: 1, x: 2 };
  it.each([
    ['a list of rows', JSON.stringify([id]), { kind: 'rows', rows: [id] }],
    ['rows', JSON.stringify({ rows: [id] }), { kind: 'rows', rows: [id] }],
    ['rows under a name', JSON.stringify({ rows: [id], id: 'n' }), { kind: 'rows', rows: [id], sourceId: 'n' }],
    ['one row', JSON.stringify(id), { kind: 'rows', rows: [id] }],
    [
      'one row that has a column `rows` beside others',
      '{"rows":[1],"y":2}',
      { kind: 'rows', rows: [{ rows: [1], y: 2 }] },
    ],
    ['lines of rows', '{"id":1}\n\n{"id":2}\n', { kind: 'rows', rows: [{ id: 1 }, { id: 2 }] }],
    ['Arrow', '{"arrow":"AAAA"}', { kind: 'arrow', base64: 'AAAA' }],
    ['Arrow alone, a stream', '/////7gAAAA=', { kind: 'arrow', base64: '/////7gAAAA=' }],
    ['Arrow alone, a file', 'QVJST1cxAAA=', { kind: 'arrow', base64: 'QVJST1cxAAA=' }],
    ['a pointer', '{"bucket":"b","key":"k","etag":"e"}', { kind: 'object', uri: 's3://b/k', etag: '"e"' }],
  ])('is %s', (_, text, expected) => expect(payloadsOf(text)).toMatchObject([expected]));

  it.each([
    ['', 'expected JSON or base64 of Arrow IPC, got nothing'],
    ['12', 'expected rows, Arrow or the name of an object, got 12'],
    ['[1]', 'row 0: expected an object with a value for each column, got 1'],
    ['{"a":1}\n{"b":', 'line 2: expected an object of JSON'],
    ['{"Records":[{"a":1}]}', 'expected what S3 says of new objects in `Records`'],
  ])('is refused where it is none of these: %j', (text, message) => {
    expect(() => payloadsOf(text)).toThrow(message);
  });

  it('without an etag does not pin its object: another message may mean other bytes under the name', () => {
    expect(payloadsOf('{"bucket":"b","key":"k"}')[0]?.sourceId).toBeUndefined();
    expect(payloadsOf('{"bucket":"b","key":"k","etag":"e"}')[0]?.sourceId).toBe('s3://b/k@"e"');
  });
});
