import type { Metrics } from './metrics.ts';

/** Rank 0's own words, with the attempt that they belong to. */
export interface Progress {
  readonly attempt: number;
  readonly step: number;
  readonly of: number;
  readonly metrics: Metrics;
}
