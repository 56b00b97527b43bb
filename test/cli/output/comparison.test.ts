import { expect, it } from 'vitest';
import { comparison, comparisonTable } from '../../../cli/output/comparison.ts';
import type { Summary } from '../../../cli/output/summary.ts';

const result = (more: Partial<Summary>): Summary => ({
  ...{ ok: true, kind: 'train', runs: ['a'], phases: {}, outputs: 'file:///m', report: '/r' },
  ...more,
});

it('has every figure that one of the runs has, and by how much the second differs', () => {
  const runs = [
    {
      runId: 'a-1',
      result: result({ accuracy: 0.9, attempts: 1, phases: { train: 10, publish: 0 } }),
      metrics: { loss: 0.5 },
    },
    {
      runId: 'a-2',
      result: result({ accuracy: 0.95, attempts: 1, phases: { train: 8, publish: 0.2 } }),
      metrics: { loss: 'NaN', f1: 1 },
    },
  ] as const;
  const figures = comparison(runs);
  expect(figures).toEqual({
    kind: ['train', 'train'],
    accuracy: [0.9, 0.95],
    attempts: [1, 1],
    'metric loss': [0.5, 'NaN'],
    'metric f1': [undefined, 1],
    'seconds train': [10, 8],
    'seconds publish': [0, 0.2],
  });
  expect(comparisonTable(['a-1', 'a-2'], figures)).toEqual([
    '                 a-1    a-2    change',
    'kind             train  train',
    'accuracy         0.9    0.95   +0.05 (+5.6 %)',
    'attempts         1      1',
    'metric loss      0.5    NaN',
    'metric f1        –      1',
    'seconds train    10     8      -2 (-20.0 %)',
    'seconds publish  0      0.2    +0.2',
  ]);
});

it('says nothing of changes where there are more than two', () => {
  const runs = [1, 2, 3].map((accuracy) => ({ runId: `a-${accuracy}`, result: result({ accuracy }), metrics: {} }));
  expect(comparisonTable(['a-1', 'a-2', 'a-3'], comparison(runs))[2]).toBe('accuracy  1      2      3');
});
