import { describe, expect, test } from 'vitest';
import { type StepMark, saysProgress, stalled, withPause, withStep } from '#core/launch/stall.ts';

const mark = (rank: number, step: number, atMs: number): StepMark => ({ rank, step, atMs });
const afterReports = (...marks: StepMark[]) => marks.reduce<readonly StepMark[]>(withStep, []);

describe('a task that stands still', () => {
  test('is one whose step has not changed, however often it reports the same', () => {
    const marks = afterReports(mark(0, 1, 0), mark(0, 1, 900));
    expect(stalled(marks, 999, 1000)).toBeUndefined();
    expect(stalled(marks, 1000, 1000)).toEqual(mark(0, 1, 0));
    expect(stalled(afterReports(mark(0, 1, 0), mark(0, 2, 900)), 1000, 1000)).toBeUndefined();
  });

  test('is none that has begun again at an earlier step', () => {
    expect(stalled(afterReports(mark(0, 9, 0), mark(0, 0, 900)), 1000, 1000)).toBeUndefined();
  });

  test('is none that has never reported', () => {
    expect(stalled([], 1e9, 1000)).toBeUndefined();
  });

  test('is none that has just waited for others', () => {
    const marks = withPause(afterReports(mark(0, 1, 0), mark(1, 1, 0)), 0, 900);
    expect(stalled(marks, 1000, 1000)?.rank).toBe(1);
    expect(stalled(marks, 1900, 1000)?.rank).toBe(0);
  });

  test('is, of several, the one that is furthest behind, and of equals the lowest rank', () => {
    expect(stalled(afterReports(mark(2, 5, 0), mark(1, 4, 200), mark(0, 5, 0)), 5000, 1000)?.rank).toBe(1);
    expect(stalled(afterReports(mark(2, 5, 0), mark(1, 5, 200)), 5000, 1000)?.rank).toBe(1);
    // One that still moves is waited for, though it is behind.
    expect(stalled(afterReports(mark(2, 5, 0), mark(1, 4, 4500)), 5000, 1000)?.rank).toBe(2);
  });
});

test.each([
  ['step *', 'step 12, loss 0.3', true],
  ['epoch * step *', 'epoch 3: step 4', true],
  ['epoch * step *', 'step 4 of epoch 3', false],
  ['aa*a', 'aa', false],
  ['*', 'anything', true],
])('finds %j in %j: %s', (pattern, line, is) => {
  expect(saysProgress(line, pattern)).toBe(is);
});
