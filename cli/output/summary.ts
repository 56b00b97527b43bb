import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LockstepError } from '#core/errors.ts';
import { type FailedCounts, failedText } from '#core/inference/failed-rows.ts';
import type { LeftOut } from '#core/inference/folder.ts';
import type { WarehouseQuery } from '#core/job/job.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import type { Phases } from '#core/runs/phases.ts';
import { type FailedRun, RunFailed } from '../run/run-failed.ts';
import { attemptRows } from './attempt-rows.ts';
import { counted } from './counted.ts';
import { labelled, type MaybeRow, type Row } from './labelled.ts';

/** What a run came to. Fields that a kind of run does not have are left out. */
export interface Summary {
  readonly ok: true;
  readonly kind: 'train' | 'infer' | 'pipeline';
  /** The run, and for a pipeline the inference run that it led to. */
  readonly runs: readonly string[];
  readonly accuracy?: number;
  readonly rowsPredicted?: number;
  readonly rowsPerSecond?: number;
  /** Rows that have no prediction. */
  readonly failed?: Omit<FailedCounts, 'first'>;
  /** The run whose dead letters were predicted. */
  readonly replayOf?: string;
  /** The query whose result was predicted. */
  readonly query?: WarehouseQuery;
  /** What lay in the folders of the input and was not read. */
  readonly skipped?: LeftOut;
  readonly attempts?: number;
  readonly hostsAcquired?: number;
  readonly hostsReleased?: number;
  /** What became of each attempt of the gang. */
  readonly history?: readonly AttemptStory[];
  /** Seconds. */
  readonly phases: Phases;
  /** URI of the committed manifest. */
  readonly outputs: string;
  /** Path of the report. */
  readonly report: string;
}

/** Why a command failed, and where it was a run that did, where to read on. */
export interface Failure extends Partial<FailedRun> {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export const failureFrom = (error: LockstepError): Failure => ({
  ...{ ok: false, code: error.code, message: error.message, remedy: error.remedy },
  ...(error instanceof RunFailed && error.run),
});

/** The summary for people. */
export function summaryLines(summary: Summary): readonly string[] {
  const { kind, accuracy, rowsPredicted, rowsPerSecond, attempts, hostsAcquired, hostsReleased } = summary;
  const { total, ...phases } = summary.phases;
  const spent = Object.entries(phases).map(([phase, seconds]) => `${phase} ${seconds.toFixed(1)} s`);
  const rows: readonly MaybeRow[] = [
    accuracy !== undefined && [
      'accuracy',
      `${accuracy.toFixed(3)}${kind === 'pipeline' ? ' of the rows that were held out' : ''}`,
    ],
    rowsPredicted !== undefined && [
      'predicted',
      `${rowsPredicted.toLocaleString('en')} rows, ${rowsPerSecond?.toLocaleString('en')} a second`,
    ],
    summary.query !== undefined && ['query', `${summary.query.database}: ${onOneLine(summary.query.query)}`],
    summary.failed !== undefined && ['failed', failedText(summary.failed)],
    summary.replayOf !== undefined && ['replay of', summary.replayOf],
    summary.skipped !== undefined && ['not read', notRead(summary.skipped)],
    hostsAcquired !== undefined && [
      'hosts',
      `${hostsAcquired} acquired, ${hostsReleased} released, ${counted(attempts ?? 1, 'attempt')}`,
    ],
    ...restarts(summary.history),
    ['phases', spent.join(' · ')],
    total !== undefined && ['total', `${total.toFixed(1)} s`],
    ['outputs', shown(summary.outputs)],
    ['report', shown(summary.report)],
  ];
  return labelled(rows);
}

const onOneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

/** The manifest has them all. */
const notRead = ({ count, some: [first] }: LeftOut): string =>
  `${counted(count, 'file')}${first ? `, the first ${first.uri}: ${first.reason}` : ''}`;

/** The failure for people: what happened, what to do about it, and where to read on. */
export function failureLines({ code, message, remedy, history, logs, report }: Failure): readonly string[] {
  const rows: readonly MaybeRow[] = [
    ...restarts(history),
    logs !== undefined && ['logs', shown(logs)],
    report !== undefined && ['report', shown(report)],
  ];
  return [`${code}: ${message}`, remedy, ...labelled(rows)];
}

/** A run of one attempt has nothing to tell beyond how it ended. */
const restarts = (history: readonly AttemptStory[] = []): readonly Row[] =>
  history.length > 1 ? attemptRows(history) : [];

/** A file as the shell takes it, from where the command was given if that is shorter. */
function shown(place: string): string {
  if (!place.startsWith('file:') && !place.startsWith('/')) return place;
  const path = place.startsWith('file:') ? fileURLToPath(place) : place;
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
}
