import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueResponse, shardResponse } from '#core/stream/partial-response.ts';

const named = (response: ReturnType<typeof queueResponse>) =>
  response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
const of = (text: string) =>
  text.split(' ').map((word) => ({ id: word.replace('!', ''), again: word.endsWith('!'), group: undefined }));

describe('the response for a queue', () => {
  it.each([
    ['a b c', []],
    ['a b! c', ['b']],
    ['a! b c!', ['a', 'c']],
  ])('names of %s the messages that must come again', (text, expected) => {
    expect(named(queueResponse(of(text)))).toEqual(expected);
  });

  it('names a message once that holds several records, if any of them must come again', () => {
    expect(named(queueResponse(of('a a! a! b')))).toEqual(['a']);
  });

  it('names of a FIFO group all from the first that must come again, whatever became of the others', () => {
    const delivered = fc.array(fc.record({ group: fc.constantFrom('g', 'h', undefined), again: fc.boolean() }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(delivered, (all) => {
        const records = all.map((one, n) => ({ ...one, id: String(n) }));
        const names = new Set(named(queueResponse(records)));
        for (const [n, { group, again }] of records.entries()) {
          const isStopped = group !== undefined && records.slice(0, n).some((one) => one.group === group && one.again);
          expect(names.has(String(n))).toBe(again || isStopped);
        }
      }),
    );
  });
});

describe('the response for a shard', () => {
  it.each([
    ['1 2 3', []],
    ['1 2! 3 4!', ['2']],
    ['1! 2', ['1']],
  ])('names of %s the lowest that must come again: Kinesis repeats what is behind it', (text, expected) => {
    expect(named(shardResponse(of(text)))).toEqual(expected);
  });
});
