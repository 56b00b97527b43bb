import { failedText, placeText } from '#core/inference/failed-rows.ts';
import type { RunFailures } from '#core/inference/manifest.ts';
import { partitionFigures } from '#core/inference/partition-figures.ts';
import { stays } from '#core/runs/phases.ts';
import type { InferenceFacts } from '#flows/runs/run-facts.ts';
import { type InferenceOutcome, inferenceFigures } from '../run/inference-outcome.ts';
import { inferenceIdentity } from './identity-facts.ts';
import { jobText } from './job-text.ts';
import type { Fact, ReportData } from './report-data.ts';
import { outputLink } from './training-report.ts';
import { verdictText } from './verdict-text.ts';

/** What the report of an inference run shows. */
export function inferenceReport({ trace, folder, failure, facts, committed }: InferenceOutcome): ReportData {
  const base = {
    title: `Inference ${trace.runId}`,
    runs: [trace.runId],
    ok: failure === undefined,
    verdict: verdictText(failure),
    stays: stays(trace.visits, Date.now()),
    ...{ attempts: [], hosts: [], curves: [], usage: [] },
    partitions: partitionFigures(facts.done),
    jobs: facts.job === undefined ? [] : [jobText(facts.job)],
  };
  if (committed === undefined) return { ...base, facts: doneOf(facts), stages: [], identity: [], links: [] };
  const { manifest, labels } = committed;
  const { totals, stageMs, failed, replayOf } = manifest;
  const { rowsPredicted, rowsPerSecond } = inferenceFigures(committed, trace);
  return {
    ...base,
    facts: [
      ['rows predicted', rowsPredicted.toLocaleString('en')],
      ['rows a second', rowsPerSecond.toLocaleString('en')],
      ['parts', totals.parts.toLocaleString('en')],
      ...(failed === undefined ? [] : failedFacts(failed)),
      ...(replayOf === undefined ? [] : [['replay of', replayOf.runId] as Fact]),
      ...(labels !== undefined && 'reason' in labels ? [['labels not counted', labels.reason] as Fact] : []),
    ],
    ...(labels !== undefined && 'labels' in labels && { labels }),
    identity: inferenceIdentity(manifest),
    stages: Object.entries(stageMs).map(([name, ms]) => ({ name, ms })),
    links: [outputLink('manifest of the predictions', committed.uri, folder)],
  };
}

const failedFacts = (failed: RunFailures): readonly Fact[] => [
  ['rows not predicted', failedText(failed)],
  ['the first of them', `${placeText(failed.first)}: ${failed.first.message}`],
];

/** How far a run came that failed. */
const doneOf = ({ plan, done }: InferenceFacts): readonly Fact[] =>
  plan === undefined ? [] : [['partitions done', `${done.length} of ${plan.partitions.length}`]];
