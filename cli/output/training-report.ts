import { relative } from 'node:path';
import type { Progress } from '#core/ports.ts';
import { gangFigures } from '../run/gang-figures.ts';
import { stays } from '../run/phases.ts';
import type { TrainingOutcome } from '../run/training-outcome.ts';
import type { Curve, ReportData } from './report-data.ts';

/** What the report of a training run shows. */
export function trainingReport({ trace, folder, logs, failure, committed }: TrainingOutcome): ReportData {
  const { attempts, hostsAcquired, hostsReleased } = gangFigures(trace);
  const metrics = Object.entries(committed?.manifest.metrics ?? {});
  return {
    title: `Training run ${trace.runId}`,
    ok: failure === undefined,
    verdict: failure === undefined ? 'Succeeded.' : `${failure.code}: ${failure.message}\n${failure.remedy}`,
    facts: [
      ...metrics.map(([name, value]): readonly [string, string] => [name, String(Number(value.toPrecision(4)))]),
      ['attempts', String(attempts)],
      ['hosts acquired', String(hostsAcquired)],
      ['hosts released', String(hostsReleased)],
    ],
    stays: stays(trace.visits, Date.now()),
    hosts: trace.leases.map(({ instanceId, instanceType, zone, market, acquiredAt, releasedAt }) => ({
      ...{ instanceId, kind: `${instanceType}, ${zone}, ${market}`, from: acquiredAt, to: releasedAt },
    })),
    curves: curves(trace.progress),
    links: logs.map((path) => {
      const href = relative(folder, path);
      return { label: href, href };
    }),
  };
}

/** One curve for each metric and attempt, in the order in which they were first reported. */
export function curves(progress: readonly Progress[]): readonly Curve[] {
  const all = new Map<string, { metric: string; attempt: number; points: (readonly [number, number])[] }>();
  for (const { attempt, step, metrics } of progress) {
    for (const [metric, value] of Object.entries(metrics)) {
      const key = `${metric} ${attempt}`;
      const curve = all.get(key) ?? { metric, attempt, points: [] };
      curve.points.push([step, value]);
      all.set(key, curve);
    }
  }
  return [...all.values()];
}
