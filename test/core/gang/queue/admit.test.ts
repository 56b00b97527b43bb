import { describe, expect, test } from 'vitest';
import { askAgainS } from '#core/gang/queue/admit.ts';
import { LONGEST_WAIT_S } from '#core/job/defaults.ts';

/** Events of one question: Admit 5, and 2 each for Pace, Pause and Route. */
const EVENTS_A_QUESTION = 11;
const HISTORY_LIMIT = 25_000;

describe('a gang that waits', () => {
  test('asks every five seconds at first, and never less often than every thirty', () => {
    expect([0, 90, 200, 10_000, LONGEST_WAIT_S].map(askAgainS)).toEqual([5, 5, 10, 30, 30]);
  });

  test('leaves a fifth of the history of its execution free, if it waits as long as it may', () => {
    let questions = 0;
    for (let waitedS = 0; waitedS < LONGEST_WAIT_S; waitedS += askAgainS(waitedS)) questions++;
    expect(questions * EVENTS_A_QUESTION).toBeLessThan(HISTORY_LIMIT * 0.8);
  });
});
