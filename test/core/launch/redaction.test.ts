import { describe, expect, it } from 'vitest';
import { redaction } from '#core/launch/redaction.ts';

const redact = (secrets: Readonly<Record<string, string>>, text: string) =>
  (redaction(secrets) ?? ((same) => same))(text);

describe('a text', () => {
  it('has the name of a secret wherever its value stood', () => {
    expect(redact({ TOKEN: 's3cret$&' }, 'a s3cret$& b=s3cret$&;')).toBe('a [secret TOKEN] b=[secret TOKEN];');
  });

  it('loses a value that is longer before one that is a part of it', () => {
    expect(redact({ A: 'abcd', B: 'abcdef' }, 'abcdef abcd')).toBe('[secret B] [secret A]');
  });

  it('loses each line of a value with several, as a log has it', () => {
    const KEY = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\n-----END KEY-----\n';
    expect(redact({ KEY }, '| MIIEpAIBAAKCAQEA\n')).toBe('| [secret KEY]\n');
    expect(redact({ KEY }, KEY)).toBe('[secret KEY]\n');
  });

  it('keeps what is too short to be one', () => {
    expect(redaction({ A: 'abc', EMPTY: '' })).toBeUndefined();
    expect(redact({ A: 'abc' }, 'abc')).toBe('abc');
  });
});
