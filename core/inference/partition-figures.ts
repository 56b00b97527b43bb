/** How evenly the partitions of an inference took their time, and how much of it was the model's. */
import type { StageMs } from './manifest.ts';

/** A partition that has its predictions. */
export interface DonePartition {
  readonly partition: number;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly stageMs: StageMs;
}

export interface PartitionFigures {
  readonly partition: number;
  readonly rows: number;
  readonly sizeBytes: number;
  /** Inside of the function, all stages together. */
  readonly ms: number;
  /** Times the median; 1 for a single one. */
  readonly timesMedian: number;
  /** 0 … 1: its time in which the model itself ran. 1 is the roofline, as fast as the model on rows in memory. */
  readonly modelShare: number;
}

/** The slowest first. */
export function partitionFigures(done: readonly DonePartition[]): readonly PartitionFigures[] {
  const timed = done.map((one) => ({ ...one, ms: total(one.stageMs) }));
  const middle = median(timed.map(({ ms }) => ms));
  return timed
    .map(({ partition, rows, sizeBytes, stageMs, ms }) => ({
      ...{ partition, rows, sizeBytes, ms },
      timesMedian: middle === 0 ? 1 : ms / middle,
      modelShare: ms === 0 ? 0 : stageMs.run / ms,
    }))
    .toSorted((a, b) => b.ms - a.ms || a.partition - b.partition);
}

const total = (stages: StageMs): number => Object.values(stages).reduce((sum, ms) => sum + ms, 0);

/** Of an even number the mean of the two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}
