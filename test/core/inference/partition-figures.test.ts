import { expect, test } from 'vitest';
import { median, partitionFigures } from '#core/inference/partition-figures.ts';

const done = (partition: number, run: number, read: number) => ({
  ...{ partition, rows: 1_000, sizeBytes: 8 },
  stageMs: { read, decode: 0, run, encode: 0, write: 0 },
});

test('partitions are told the slowest first, against the median, with the share of the model', () => {
  const [first, , last] = partitionFigures([done(0, 90, 10), done(1, 300, 100), done(2, 40, 40)]);
  expect(first).toMatchObject({ partition: 1, ms: 400, timesMedian: 4, modelShare: 0.75 });
  expect(last).toMatchObject({ partition: 2, ms: 80, timesMedian: 0.8, modelShare: 0.5 });
});

test('partitions that took no time that a clock can tell are all alike', () => {
  expect(
    partitionFigures([done(0, 0, 0), done(1, 0, 0)]).map(({ timesMedian, modelShare }) => [timesMedian, modelShare]),
  ).toEqual([
    [1, 0],
    [1, 0],
  ]);
});

test.each([
  [[], 0],
  [[3], 3],
  [[4, 1], 2.5],
  [[9, 1, 5], 5],
])('the median of %j is %d', (values, middle) => expect(median(values)).toBe(middle));
