import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type InferenceOutcome, inferenceFigures } from '../run/inference-outcome.ts';
import { stays } from '../run/phases.ts';
import type { ReportData } from './report-data.ts';

/** What the report of an inference run shows. */
export function inferenceReport({ trace, folder, failure, committed }: InferenceOutcome): ReportData {
  const verdict = failure === undefined ? 'Succeeded.' : `${failure.code}: ${failure.message}\n${failure.remedy}`;
  const base = { title: `Inference run ${trace.runId}`, ok: failure === undefined, verdict, hosts: [], curves: [] };
  const all = { ...base, stays: stays(trace.visits, Date.now()) };
  if (committed === undefined) return { ...all, facts: [], links: [] };
  const { totals, stageMs } = committed.manifest;
  const { rowsPredicted, rowsPerSecond } = inferenceFigures(committed, trace);
  const stages = Object.entries(stageMs).map(([stage, ms]): readonly [string, string] => [
    stage,
    `${Math.round(ms)} ms`,
  ]);
  const label = 'manifest of the predictions';
  const { uri } = committed;
  return {
    ...all,
    facts: [
      ['rows predicted', rowsPredicted.toLocaleString('en')],
      ['rows a second', rowsPerSecond.toLocaleString('en')],
      ['parts', String(totals.parts)],
      ...stages,
    ],
    links: [{ label, href: uri.startsWith('file:') ? relative(folder, fileURLToPath(uri)) : uri }],
  };
}
