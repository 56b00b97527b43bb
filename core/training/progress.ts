import type { Metrics } from './metrics.ts';

/** Rank 0's own words, with the attempt that they belong to. */
export interface Progress {
  readonly attempt: number;
  readonly step: number;
  readonly of: number;
  readonly metrics: Metrics;
}

/** What rank 0 reported in one attempt, oldest first: the object at `OBJECTS.progress(runId, attempt)`. */
export interface ProgressLog {
  readonly version: 1;
  readonly attempt: number;
  readonly reports: readonly Progress[];
}

/** Enough for a curve on any screen; an object of so many is some hundred kilobytes. */
const REPORTS_MAX = 2_000;

/**
 * The reports with one more, at most `max` of them: each time they are too many every other one goes, so that a curve
 * keeps its shape from the first step to the last. A report of the step before takes its place.
 */
export function withReport(reports: readonly Progress[], report: Progress, max = REPORTS_MAX): readonly Progress[] {
  const last = reports.at(-1);
  const isAgain = last?.attempt === report.attempt && last.step === report.step;
  const all = [...(isAgain ? reports.slice(0, -1) : reports), report];
  return all.length <= max ? all : all.filter((_, i) => i % 2 === 0 || i === all.length - 1);
}
