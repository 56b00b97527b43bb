import type { LockstepError } from '#core/errors.ts';
import type { Phases } from '../run/phases.ts';

/** What a run came to. Fields that a kind of run does not have are left out. */
export interface Summary {
  readonly ok: true;
  readonly kind: 'train' | 'infer' | 'pipeline';
  /** The run, and for a pipeline the inference run that it led to. */
  readonly runs: readonly string[];
  readonly accuracy?: number;
  readonly rowsPredicted?: number;
  readonly rowsPerSecond?: number;
  readonly attempts?: number;
  readonly hostsAcquired?: number;
  readonly hostsReleased?: number;
  /** Seconds. */
  readonly phases: Phases;
  /** URI of the committed manifest. */
  readonly outputs: string;
  /** Path of the report. */
  readonly report: string;
}

export interface Failure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

export const failureFrom = ({ code, message, remedy }: LockstepError): Failure => ({
  ok: false,
  code,
  message,
  remedy,
});

/** The summary for people. */
export function summaryLines(summary: Summary): readonly string[] {
  const { accuracy, rowsPredicted, rowsPerSecond, attempts, hostsAcquired, hostsReleased, phases } = summary;
  const times = Object.entries(phases).map(([phase, seconds]) => `${phase} ${seconds.toFixed(1)} s`);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['accuracy', accuracy?.toFixed(3)],
    [
      'predicted',
      rowsPredicted && `${rowsPredicted.toLocaleString('en')} rows, ${rowsPerSecond?.toLocaleString('en')} a second`,
    ],
    [
      'hosts',
      hostsAcquired && `${hostsAcquired} acquired, ${hostsReleased} released, ${counted(attempts ?? 1, 'attempt')}`,
    ],
    ['phases', times.join(' · ')],
    ['outputs', summary.outputs],
    ['report', summary.report],
  ].filter((row): row is [string, string] => typeof row[1] === 'string');
  return rows.map(([label, value]) => `${label.padEnd(10)} ${value}`);
}

/** The failure for people: what happened, and what to do about it. */
export const failureLines = ({ code, message, remedy }: Failure): readonly string[] => [`${code}: ${message}`, remedy];

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
