import { stays } from '#core/runs/phases.ts';
import { type InferenceOutcome, inferenceFigures } from '../run/inference-outcome.ts';
import type { ReportData } from './report-data.ts';
import { outputLink } from './training-report.ts';
import { verdictText } from './verdict-text.ts';

/** What the report of an inference run shows. */
export function inferenceReport({ trace, folder, failure, committed }: InferenceOutcome): ReportData {
  const base = {
    title: `Inference ${trace.runId}`,
    runs: [trace.runId],
    ok: failure === undefined,
    verdict: verdictText(failure),
    stays: stays(trace.visits, Date.now()),
    ...{ attempts: [], hosts: [], curves: [] },
  };
  if (committed === undefined) return { ...base, facts: [], stages: [], links: [] };
  const { totals, stageMs } = committed.manifest;
  const { rowsPredicted, rowsPerSecond } = inferenceFigures(committed, trace);
  return {
    ...base,
    facts: [
      ['rows predicted', rowsPredicted.toLocaleString('en')],
      ['rows a second', rowsPerSecond.toLocaleString('en')],
      ['parts', totals.parts.toLocaleString('en')],
    ],
    stages: Object.entries(stageMs).map(([name, ms]) => ({ name, ms })),
    links: [outputLink('manifest of the predictions', committed.uri, folder)],
  };
}
