import { describe, expect, it } from 'vitest';
import { failedMessages } from '../../../localstack/embedded/sqs-poller/batch-response.ts';
import { mappingOf } from '../../../localstack/embedded/sqs-poller/mapping.ts';

const ids = ['a', 'b', 'c'];
const failures = (...itemIdentifiers: unknown[]) => ({
  batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the answer of a function to a batch', () => {
  it.each([
    ['names what failed', failures('b'), ['b']],
    ['names all', failures('a', 'b', 'c'), ids],
    ['is null', null, []],
    ['is empty', {}, []],
    ['has no failures', failures(), []],
    ['has a null list', { batchItemFailures: null }, []],
    ['names what was not there', failures('b', 'z'), ids],
    ['names nothing', failures(''), ids],
    ['names null', failures(null), ids],
    ['has another key', { batchItemFailures: [{ id: 'b' }] }, ids],
    ['is not a list', { batchItemFailures: 'b' }, ids],
    ['is not an object', 'fine', ids],
  ])('%s', (_, response, failed) => {
    expect([...failedMessages(response, ids)]).toEqual(failed);
  });
});

describe('an event source mapping', () => {
  const declared = (properties: Record<string, unknown>) => ({ logicalId: 'M', ref: 'M', arn: 'arn:m', properties });
  const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:q';

  it('has the defaults of AWS', () => {
    expect(mappingOf(declared({ EventSourceArn, FunctionName: 'f' }))).toEqual({
      queueArn: EventSourceArn,
      functionName: 'f',
      batchSize: 10,
      windowMs: 0,
      reportsFailures: false,
    });
  });

  it('that is switched off is none, and one of another source is refused', () => {
    expect(mappingOf(declared({ EventSourceArn, FunctionName: 'f', Enabled: false }))).toBeUndefined();
    const kinesis = EventSourceArn.replace('sqs', 'kinesis');
    expect(() => mappingOf(declared({ EventSourceArn: kinesis, FunctionName: 'f' }))).toThrow(/is not an SQS queue/);
  });
});
