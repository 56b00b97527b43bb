import { describe, expect, it } from 'vitest';
import { newEvent } from '../../../localstack/embedded/events/event.ts';
import { ruleOf } from '../../../localstack/embedded/events/rule.ts';
import { objectCreated } from '../../../localstack/embedded/events/s3-event.ts';
import { targetInput } from '../../../localstack/embedded/events/target-input.ts';

const event = newEvent({
  source: 'test',
  detailType: 'T',
  detail: { key: 'a "quoted"\nname', size: 5, nested: { list: [1, 'two'] } },
});

describe('the input of a target', () => {
  it('is the whole event, a part of it, or a constant', () => {
    expect(JSON.parse(targetInput({}, event))).toEqual(event);
    expect(targetInput({ InputPath: '$.detail.size' }, event)).toBe('5');
    expect(targetInput({ Input: '{"constant":true}' }, event)).toBe('{"constant":true}');
  });

  it('made by a transformer is valid JSON whatever the values hold, inside and outside of quotes', () => {
    const InputPathsMap = {
      key: '$.detail.key',
      size: '$.detail.size',
      nested: '$.detail.nested',
      none: '$.detail.none',
    };
    const InputTemplate =
      '{"key": <key>, "text": "key <key> of <size>", "nested": <nested>, "none": <none>, "id": <aws.events.event.ingestion-time>}';
    expect(JSON.parse(targetInput({ InputTransformer: { InputPathsMap, InputTemplate } }, event))).toEqual({
      key: 'a "quoted"\nname',
      text: 'key a "quoted"\nname of 5',
      nested: { list: [1, 'two'] },
      none: null,
      id: event.time,
    });
  });
});

describe('the event of a new object', () => {
  it('has the shape that S3 gives it', () => {
    const created = objectCreated({
      bucket: 'b',
      key: 'inbox/a.arrow',
      sizeBytes: 7,
      etag: 'abc',
      sequencer: '0062E99A88DC407460',
      reason: 'PutObject',
    });
    expect(created).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::b'],
      detail: {
        version: '0',
        bucket: { name: 'b' },
        object: { key: 'inbox/a.arrow', size: 7, etag: 'abc', sequencer: '0062E99A88DC407460' },
        'request-id': expect.stringMatching(/^[0-9A-F]{16}$/),
        requester: '000000000000',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    });
  });
});

describe('a rule', () => {
  const declared = (properties: Record<string, unknown>) => ({ logicalId: 'R', ref: 'R', arn: 'arn:r', properties });

  it('fires by a rate; another schedule is refused by name', () => {
    expect(ruleOf(declared({ ScheduleExpression: 'rate(1 minute)' })).everyMs).toBe(60_000);
    expect(ruleOf(declared({ ScheduleExpression: 'rate(2 hours)' })).everyMs).toBe(7_200_000);
    expect(() => ruleOf(declared({ ScheduleExpression: 'cron(0 12 * * ? *)' }))).toThrow(/cron\(0 12/);
  });

  it('that is disabled has no targets', () => {
    expect(ruleOf(declared({ State: 'DISABLED', Targets: [{ Id: 'T', Arn: 'a' }] })).targets).toEqual([]);
  });
});
