import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockstepError } from '#core/errors.ts';
import type { RunStatus } from '#core/runs/failure.ts';
import { isAlive } from '../cloud/cloud-file.ts';
import { type Home, namesIn } from '../home.ts';
import { renderReport } from '../output/report.ts';
import type { ReportData } from '../output/report-data.ts';
import { type Failure, failureFrom, type Summary } from '../output/summary.ts';
import { type BegunRun, readBegun } from '../run/begun-run.ts';
import { type FailedRun, RunFailed } from '../run/run-failed.ts';

const REPORT = 'report.html';
const RESULT = 'result.json';

export const reportPath = (folder: string): string => join(folder, REPORT);

/** Leaves the report and the result of a run in its folder. */
export function keepRun(folder: string, report: ReportData, result: Summary | Failure): void {
  writeFileSync(reportPath(folder), renderReport(report));
  // Renamed into place, so that a command that is killed leaves no half of a result.
  const draft = join(folder, `.${RESULT}`);
  writeFileSync(draft, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(draft, join(folder, RESULT));
}

/** Leaves the report of a run that failed and what is to be said of it, and returns the error to throw. */
export function keepFailure(
  folder: string,
  report: ReportData,
  { error, ...run }: Omit<FailedRun, 'report'> & { readonly error: LockstepError },
): RunFailed {
  const failed = new RunFailed(error, { ...run, report: reportPath(folder) });
  keepRun(folder, report, failureFrom(failed));
  return failed;
}

export interface KeptRun {
  readonly runId: string;
  readonly kind: string;
  /** Absent where the command that watched the run ended before the run did. */
  readonly result?: Summary | Failure;
  /** Epoch milliseconds: when it ended, or when it began where nobody knows that. */
  readonly at: number;
}

/** How a run ended that was kept: `unknown` where the command that watched it ended before the run did. */
export function keptState({ result }: Pick<KeptRun, 'result'>): Exclude<RunStatus, 'running'> | 'unknown' {
  if (result === undefined) return 'unknown';
  if (result.ok) return 'succeeded';
  return result.code === 'LS_CANCELLED' ? 'cancelled' : 'failed';
}

/** What a run came to that has ended on this machine; undefined while it goes on, or where nothing was kept. */
export const keptResult = (home: Home, runId: string): Summary | Failure | undefined =>
  readResult(join(home.runs, runId, RESULT));

/** Forgets what a run came to that goes on: it has no result until it ends again. */
export const forgetResult = (home: Home, runId: string): void =>
  rmSync(join(home.runs, runId, RESULT), { force: true });

/** Runs that ended on this machine, newest first. */
export function listKept(home: Home): readonly KeptRun[] {
  const all = namesIn(home.runs).flatMap((runId) => keptRun(join(home.runs, runId), runId));
  return all.toSorted((a, b) => b.at - a.at);
}

function keptRun(folder: string, runId: string): readonly KeptRun[] {
  const begun = readBegun(folder);
  const path = join(folder, RESULT);
  const result = readResult(path);
  if (result === undefined) return begun === undefined || isWatched(begun) ? [] : [{ ...begun, at: begun.startedAt }];
  return [{ runId, kind: begun?.kind ?? result.kind ?? 'run', result, at: statSync(path).mtimeMs }];
}

const isWatched = ({ pid }: BegunRun): boolean => isAlive(pid);

/** Undefined for a file that is not there, or that a failing disk or somebody else has damaged: the other runs are listed all the same. */
function readResult(path: string): Summary | Failure | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
