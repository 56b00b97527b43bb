import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../home.ts';
import { renderReport } from '../output/report.ts';
import type { ReportData } from '../output/report-data.ts';
import type { Failure, Summary } from '../output/summary.ts';

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

export interface KeptRun {
  readonly runId: string;
  readonly result: Summary | Failure;
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

/** Runs that ended on this machine, newest first. */
export function listKept(home: Home): readonly KeptRun[] {
  const all = readdirSync(home.runs).flatMap((runId) => {
    const path = join(home.runs, runId, RESULT);
    if (!existsSync(path)) return [];
    const result = readResult(path);
    return result === undefined ? [] : [{ runId, result, endedAt: statSync(path).mtimeMs }];
  });
  return all.toSorted((a, b) => b.endedAt - a.endedAt);
}

/** Undefined for a file that a failing disk or somebody else has damaged: the other runs are listed all the same. */
function readResult(path: string): Summary | Failure | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
