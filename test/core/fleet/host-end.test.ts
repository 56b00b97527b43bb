import { describe, expect, it } from 'vitest';
import { explainEnd, failureOfEnd } from '#core/fleet/host-end.ts';

describe('the end of a host that EC2 gives a code for', () => {
  it.each(['Client.InternalError', 'Client.InvalidKMSKey.InvalidState', 'Client.InvalidKMSKey.NotFound'])(
    'is a key that cannot be used: %s',
    (code) => {
      expect(failureOfEnd(code)).toBe('config');
      expect(explainEnd(code, 'Client error on launch')).toMatch(
        /^Client error on launch \(.*key.*`diskKey`.*kms:CreateGrant/,
      );
    },
  );

  it('is a quota of disks', () => {
    expect(failureOfEnd('Client.VolumeLimitExceeded')).toBe('quota');
    expect(explainEnd('Client.VolumeLimitExceeded', 'Volume limit exceeded')).toContain('`diskGiB`');
  });

  it.each(['Server.InsufficientInstanceCapacity', 'Server.InternalError', 'Client.InternalErrors', undefined])(
    'is a shortage, in EC2’s own words, otherwise: %s',
    (code) => {
      expect(failureOfEnd(code)).toBe('capacity');
      expect(explainEnd(code, 'words')).toBe('words');
    },
  );
});
