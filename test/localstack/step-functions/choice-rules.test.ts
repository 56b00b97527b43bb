import { describe, expect, it } from 'vitest';
import { applies } from '../../../localstack/embedded/step-functions/choice-rules.ts';

const input = {
  n: 5,
  s: 'inbox/a?b',
  empty: null,
  yes: true,
  at: '2026-01-02T03:04:05Z',
  limit: 5,
  other: 'inbox/a?b',
};
const rule = (Variable: string, comparison: object) => applies({ Variable, ...comparison }, { input, context: {} });

describe('a rule of a Choice', () => {
  it.each([
    ['$.n', { NumericGreaterThanEqualsPath: '$.limit' }, true],
    ['$.n', { NumericLessThan: 5 }, false],
    ['$.s', { NumericGreaterThan: 3 }, false],
    ['$.n', { StringEquals: '5' }, false],
    ['$.s', { StringEqualsPath: '$.other' }, true],
    ['$.s', { StringLessThan: 'j' }, true],
    ['$.s', { StringMatches: 'inbox/*' }, true],
    ['$.s', { StringMatches: 'inbox/a?b' }, true],
    ['$.s', { StringMatches: 'inbox/a??' }, false],
    ['$.s', { StringMatches: 'inbox/\\*' }, false],
    ['$.n', { StringMatches: '*' }, false],
    ['$.yes', { BooleanEquals: true }, true],
    ['$.yes', { BooleanEquals: false }, false],
    ['$.at', { TimestampLessThan: '2026-01-02T04:04:05+00:30' }, true],
    ['$.at', { TimestampEquals: '2026-01-02T04:04:05+01:00' }, true],
    ['$.s', { IsTimestamp: false }, true],
    ['$.at', { IsTimestamp: true }, true],
    ['$.empty', { IsNull: true }, true],
    ['$.n', { IsNull: false }, true],
    ['$.empty', { IsPresent: true }, true],
    ['$.nobody', { IsPresent: false }, true],
    ['$.nobody', { IsPresent: true }, false],
    ['$.n', { IsString: true }, false],
    ['$.n', { IsNumeric: true }, true],
  ])('%s %j', (variable, comparison, expected) => {
    expect(rule(variable, comparison)).toBe(expected);
  });

  it('of a variable that is missing is States.Runtime; And stops before it', () => {
    expect(() => rule('$.nobody', { NumericEquals: 1 })).toThrow('States.Runtime');
    const guarded = {
      And: [
        { Variable: '$.nobody', IsPresent: true },
        { Variable: '$.nobody', NumericEquals: 1 },
      ],
    };
    expect(applies(guarded, { input, context: {} })).toBe(false);
  });

  it('with an operator that is not known is refused', () => {
    expect(() => rule('$.n', { NumericAbout: 1 })).toThrow('has no known operator');
  });
});
