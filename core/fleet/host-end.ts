/** What the codes mean that EC2 gives a host which it started and that did not come to life, or did not stay. */
import type { LaunchFailure } from './records.ts';

interface Meaning {
  /** Code, or family of codes. */
  readonly code: string;
  readonly failure: LaunchFailure;
  /** What to do; undefined where EC2's own words say it. */
  readonly advice?: string;
}

const DISK_KEY =
  'EC2 could not use the key that encrypts the disk of the host. See that the key is enabled, and give it to the stack as ' +
  '`diskKey`, also where it is the default key of the account for disks: that lets acquire-hosts use it (kms:CreateGrant and what belongs to it)';

const MEANINGS: readonly Meaning[] = [
  // All that EC2 says where a key cannot be used.
  { code: 'Client.InternalError', failure: 'config', advice: DISK_KEY },
  { code: 'Client.InvalidKMSKey', failure: 'config', advice: DISK_KEY },
  {
    code: 'Client.InvalidSnapshot.NotFound',
    failure: 'config',
    advice: 'the image of the hosts is gone, or not shared with this account',
  },
  {
    code: 'Client.VolumeLimitExceeded',
    failure: 'quota',
    advice:
      'the disks of the account have reached their quota: have it raised, or give hosts smaller ones with `diskGiB`',
  },
  { code: 'Server.InsufficientInstanceCapacity', failure: 'capacity' },
];

/** Why a launch failed whose hosts ended with this code; a code that nobody has thought about is a shortage, as it was a launch. */
export const failureOfEnd = (code: string | undefined): LaunchFailure => meaningOf(code)?.failure ?? 'capacity';

/** EC2's words for the end of a host, and what to do about it where they do not say so. */
export function explainEnd(code: string | undefined, words: string): string {
  const advice = meaningOf(code)?.advice;
  return advice === undefined ? words : `${words} (${advice})`;
}

const meaningOf = (code: string | undefined): Meaning | undefined =>
  MEANINGS.find((one) => code === one.code || code?.startsWith(`${one.code}.`));
