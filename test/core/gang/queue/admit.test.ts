import { describe, expect, test } from 'vitest';
import { askAgainS } from '#core/gang/queue/admit.ts';
import { LONGEST_WAIT_S } from '#core/job/defaults.ts';

describe('a gang that waits', () => {
  test('asks every five seconds at first, and never less often than once a minute', () => {
    expect([0, 90, 200, 10_000, LONGEST_WAIT_S].map(askAgainS)).toEqual([5, 5, 10, 60, 60]);
  });
});
