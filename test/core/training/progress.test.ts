import { describe, expect, it } from 'vitest';
import { type Progress, withReport } from '#core/training/progress.ts';

const at = (step: number, attempt = 0): Progress => ({ attempt, step, of: 10_000, metrics: { loss: 1 / step } });
const all = (reports: readonly Progress[], max?: number) =>
  reports.reduce<readonly Progress[]>((kept, one) => withReport(kept, one, max), []);
const places = (reports: readonly Progress[]) => reports.map(({ attempt, step }) => `${attempt}/${step}`);

describe('what is kept of progress', () => {
  it('is every report, once for a step', () => {
    expect(places(all([at(1), at(2), at(2), at(3), at(1, 1)]))).toEqual(['0/1', '0/2', '0/3', '1/1']);
    expect(withReport([at(2)], { ...at(2), metrics: { loss: 7 } })).toEqual([{ ...at(2), metrics: { loss: 7 } }]);
  });

  it.each([1, 5, 10, 11, 100, 4_999])('is bounded: %d reports keep the first and the last', (count) => {
    const kept = all(
      Array.from({ length: count }, (_, i) => at(i + 1)),
      10,
    );
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept.length).toBeGreaterThanOrEqual(Math.min(count, 5));
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([1, count]);
    expect(kept.map(({ step }) => step)).toEqual(kept.map(({ step }) => step).toSorted((a, b) => a - b));
  });
});
