import { describe, expect, it } from 'vitest';
import { SECRET_PATTERN, secretReference, secretValue } from '#core/job/secrets.ts';

describe('a secret is named', () => {
  it.each([
    ['ssm:/lockstep/token', { store: 'ssm', name: '/lockstep/token' }],
    ['ssm:arn:aws:ssm:eu-west-1:1:parameter/x', { store: 'ssm', name: 'arn:aws:ssm:eu-west-1:1:parameter/x' }],
    ['secretsmanager:prod/hub', { store: 'secretsmanager', name: 'prod/hub' }],
    ['secretsmanager:prod/hub#token', { store: 'secretsmanager', name: 'prod/hub', key: 'token' }],
  ])('by %s', (text, reference) => {
    expect(SECRET_PATTERN.test(text)).toBe(true);
    expect(secretReference(text)).toEqual(reference);
  });

  it.each([
    'token',
    'ssm:',
    'ssm:a b',
    'vault:x',
    'secretsmanager:',
    'secretsmanager:a#',
    'secretsmanager:a#b#c',
    'env:X',
  ])('not by %s', (text) => expect(SECRET_PATTERN.test(text)).toBe(false));
});

describe('a key of a secret', () => {
  const reference = { store: 'secretsmanager', name: 'hub', key: 'token' } as const;

  it('is taken out of its JSON', () => {
    expect(secretValue(reference, '{"token":"x","other":1}')).toBe('x');
    expect(secretValue({ ...reference, key: 'other' }, '{"token":"x","other":1}')).toBe('1');
  });

  it.each(['x-not-json', '{"other":"x-hidden"}', '["x-hidden"]', '{"token":{"x-hidden":1}}', 'null'])(
    'that is not there is named, and nothing of the secret: %s',
    (text) => {
      expect(() => secretValue(reference, text)).toThrow(/secret hub .* "token"/);
      expect(() => secretValue(reference, text)).not.toThrow(/x-/);
    },
  );
});
