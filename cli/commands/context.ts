import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudChoice } from '../cloud/choose.ts';
import type { Home } from '../home.ts';
import type { Interrupt } from '../interrupt.ts';
import { renderReport } from '../output/report.ts';
import type { ReportData } from '../output/report-data.ts';
import type { Screen } from '../output/screen.ts';

/** What every command works with. */
export interface CommandContext {
  readonly home: Home;
  readonly screen: Screen;
  readonly interrupt: Interrupt;
  readonly choice: CloudChoice;
  /** Writes a line of a result to standard output. */
  readonly print: (line: string) => void;
  readonly json: boolean;
}

/** Writes `report.html` into the folder of a run and returns its path. */
export function writeReport(folder: string, data: ReportData): string {
  const path = join(folder, 'report.html');
  writeFileSync(path, renderReport(data));
  return path;
}
