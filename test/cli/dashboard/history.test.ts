import { describe, expect, it } from 'vitest';
import { newHistory } from '../../../cli/dashboard/history.ts';

const at = (step: number, attempt = 0) => ({ attempt, step, of: 10_000, metrics: { loss: 1 / step } });

describe('what the dashboard remembers of progress', () => {
  it('keeps each report once, in order, also of several attempts', () => {
    const history = newHistory();
    for (const one of [at(1), at(1), at(2), at(1, 1)]) history.note('a', one);
    expect(history.of('a').map(({ attempt, step }) => [attempt, step])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
    ]);
    expect(history.of('b')).toEqual([]);
  });

  it('is bounded, and a long run keeps its first and its last step', () => {
    const history = newHistory();
    for (let step = 1; step <= 5_000; step++) history.note('a', at(step));
    const kept = history.of('a');
    expect(kept.length).toBeLessThanOrEqual(1_000);
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([1, 5_000]);
    for (let run = 0; run < 60; run++) history.note(`run-${run}`, at(1));
    expect(history.of('a')).toEqual([]);
    expect(history.of('run-59')).toHaveLength(1);
  });
});
