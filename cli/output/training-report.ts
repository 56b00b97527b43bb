import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttemptStory } from '#core/runs/attempts.ts';
import { gangFigures } from '#core/runs/gang-figures.ts';
import { hostLedger } from '#core/runs/host-ledger.ts';
import { stays } from '#core/runs/phases.ts';
import { showMetric } from '#core/training/metrics.ts';
import type { Progress } from '#core/training/progress.ts';
import type { TrainingOutcome } from '../run/training-outcome.ts';
import { trainingIdentity } from './identity-facts.ts';
import { jobText } from './job-text.ts';
import type { Curve, Fact, Link, ReportAttempt, ReportData } from './report-data.ts';
import { verdictText } from './verdict-text.ts';

/** What the report of a training run shows. */
export function trainingReport(outcome: TrainingOutcome): ReportData {
  const { trace, folder, failure, committed } = outcome;
  const { attempts, hostsAcquired, hostsReleased, history } = gangFigures(trace);
  const now = Date.now();
  const phases = stays(trace.visits, now);
  const told = attemptsOf(outcome);
  const metrics = Object.entries(committed?.manifest.metrics ?? {});
  return {
    title: `Training ${trace.runId}`,
    runs: [trace.runId],
    ok: failure === undefined,
    verdict: verdictText(failure),
    facts: [
      ...metrics.map(([name, value]): Fact => [name, showMetric(value)]),
      ['attempts', String(attempts)],
      ['hosts acquired', String(hostsAcquired)],
      ['hosts released', String(hostsReleased)],
    ],
    stays: phases,
    attempts: told,
    ledger: hostLedger({ leases: spansOf(trace.leases, now), stays: phases, lost: told.filter(isLost) }),
    identity: trainingIdentity(outcome.facts, committed?.manifest),
    jobs: outcome.facts.job === undefined ? [] : [jobText(outcome.facts.job)],
    partitions: [],
    hosts: trace.leases.map(({ instanceId, instanceType, zone, market, acquiredAt, releasedAt }) => ({
      ...{ instanceId, kind: `${instanceType}, ${zone}, ${market}`, from: acquiredAt, to: releasedAt },
      replacedIn: history.find(({ replaced }) => replaced.includes(instanceId))?.attempt,
    })),
    curves: curves(trace.progress),
    usage: outcome.usage,
    stages: [],
    links: committed === undefined ? [] : [outputLink('manifest of the model', committed.uri, folder)],
  };
}

const isLost = ({ state }: AttemptStory): boolean => state !== 'succeeded' && state !== 'running';

/** A host that was not released has cost until now. */
const spansOf = (leases: TrainingOutcome['trace']['leases'], now: number) =>
  leases.map(({ acquiredAt, releasedAt }) => ({ from: acquiredAt, to: releasedAt ?? now }));

/** Link to an output: relative to the report where it lies on this machine. */
export const outputLink = (label: string, uri: string, folder: string): Link => ({
  ...{ label, href: uri.startsWith('file:') ? relative(folder, fileURLToPath(uri)) : uri },
});

/** Each attempt begins where the one before ended, the first with the search for hosts. */
function attemptsOf({ trace, folder, logs }: TrainingOutcome): readonly ReportAttempt[] {
  const { history } = gangFigures(trace);
  const busy = stays(trace.visits, Date.now()).filter(({ phase }) => phase === 'acquire' || phase === 'train');
  const [first, last] = [busy[0]?.from, busy.at(-1)?.to];
  if (first === undefined || last === undefined) return [];
  return history.map((story, i) => ({
    ...story,
    ...lastWordsOf(logs, story),
    from: history[i - 1]?.endedAt ?? first,
    to: story.endedAt ?? last,
    logs: logs
      .filter((path) => basename(dirname(path)) === String(story.attempt))
      .map((path) => ({ label: `rank ${basename(path, '.log')}`, href: relative(folder, path) })),
  }));
}

const LAST_LINES = 30;
const LAST_BYTES = 16 * 1024;

/** The end of the log of the rank at fault: what somebody looks for first, so it stands in the report itself. */
function lastWordsOf(logs: readonly string[], { attempt, rank }: AttemptStory): Pick<ReportAttempt, 'lastWords'> {
  const path = logs.find((one) => one.endsWith(join(String(attempt), `${rank}.log`)));
  if (rank === undefined || path === undefined) return {};
  const text = readFileSync(path).subarray(-LAST_BYTES).toString('utf8').trimEnd();
  return text === '' ? {} : { lastWords: text.split('\n').slice(-LAST_LINES).join('\n') };
}

/** One curve for each metric and attempt, in the order in which they were first reported. */
export function curves(progress: readonly Progress[]): readonly Curve[] {
  const all = new Map<string, { metric: string; attempt: number; points: (readonly [number, number])[] }>();
  for (const { attempt, step, metrics } of progress) {
    for (const [metric, value] of Object.entries(metrics)) {
      const key = `${metric} ${attempt}`;
      const curve = all.get(key) ?? { metric, attempt, points: [] };
      // A curve has no place for what is no number; the table of metrics shows it.
      if (typeof value === 'number') curve.points.push([step, value]);
      all.set(key, curve);
    }
  }
  return [...all.values()];
}
