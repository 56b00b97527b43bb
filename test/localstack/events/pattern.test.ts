import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../localstack/embedded/events/pattern.ts';

const key = (filter: unknown) => ({ detail: { object: { key: [filter] } } });
const withKey = (value: unknown) => ({ detail: { object: { key: value } } });

/** Filter on a field, values that it takes, values that it refuses. */
const FILTERS: readonly [filter: unknown, taken: readonly unknown[], refused: readonly unknown[]][] = [
  ['a', ['a', ['b', 'a']], ['b', 'A', 1, null, undefined, ['b'], []]],
  [5, [5], ['5', 6]],
  [null, [null], [undefined, '', 0]],
  [{ prefix: 'in/' }, ['in/', 'in/x'], ['i', 'xin/', 7, undefined]],
  [{ prefix: { 'equals-ignore-case': 'IN/' } }, ['in/x', 'IN/x'], ['x']],
  [{ suffix: '.arrow' }, ['.arrow', 'a.arrow'], ['a.arrow2', undefined]],
  [{ 'equals-ignore-case': 'Ready' }, ['READY', 'ready'], ['read']],
  [{ wildcard: 'inbox/*/*.arrow' }, ['inbox/a/b.arrow', 'inbox/a/b/c.arrow'], ['inbox/b.arrow', 'inbox/a/b.arrows']],
  [{ wildcard: 'a\\*b*' }, ['a*b', 'a*bc'], ['axb']],
  [{ wildcard: 'a.b' }, ['a.b'], ['axb']],
  [{ exists: true }, ['', 0, null, false, []], [undefined]],
  [{ exists: false }, [undefined], ['', 0, null]],
  [{ 'anything-but': 'x' }, ['y', 1, null], ['x', undefined]],
  [{ 'anything-but': ['x', 2] }, ['y', 1], ['x', 2]],
  [{ 'anything-but': { prefix: 'tmp/' } }, ['a'], ['tmp/a']],
  [{ 'anything-but': { suffix: ['.txt', '.tmp'] } }, ['a.arrow'], ['a.txt', 'b.tmp']],
  [{ numeric: ['>', 0, '<=', 5] }, [0.1, 5], [0, 5.1, '3', undefined]],
  [{ numeric: ['=', 3] }, [3], [4]],
];

describe('a filter of an event pattern', () => {
  it.each(FILTERS)('%j', (filter, taken, refused) => {
    const matches = compilePattern(key(filter));
    expect(taken.filter((value) => !matches(withKey(value)))).toEqual([]);
    expect(refused.filter((value) => matches(withKey(value)))).toEqual([]);
  });
});

describe('an event pattern', () => {
  const event = { source: 'aws.s3', detail: { status: 'FAILED', items: [{ id: 1 }, { id: 2 }], n: 3 } };

  it('takes an event in which every field has one of its values', () => {
    expect(compilePattern({ source: ['aws.ec2', 'aws.s3'], detail: { status: ['FAILED'] } })(event)).toBe(true);
    expect(compilePattern({ source: ['aws.s3'], detail: { status: ['ABORTED'] } })(event)).toBe(false);
    expect(compilePattern({ detail: { missing: { deeper: ['x'] } } })(event)).toBe(false);
    expect(compilePattern({ detail: { missing: { deeper: [{ exists: false }] } } })(event)).toBe(true);
  });

  it('looks into lists of objects, and into alternatives', () => {
    expect(compilePattern({ detail: { items: { id: [2] } } })(event)).toBe(true);
    expect(compilePattern({ detail: { items: { id: [3] } } })(event)).toBe(false);
    expect(compilePattern({ $or: [{ source: ['x'] }, { detail: { n: [3] } }] })(event)).toBe(true);
    expect(compilePattern({ $or: [{ source: ['x'] }, { detail: { n: [4] } }] })(event)).toBe(false);
  });

  it.each([[{ cidr: '10.0.0.0/8' }], [{ prefix: 'a', suffix: 'b' }], [{ numeric: ['about', 1] }]])(
    'with a filter that is not known is refused: %j',
    (filter) => {
      expect(() => compilePattern(key(filter))).toThrow(/does not know the event filter/);
    },
  );
});
