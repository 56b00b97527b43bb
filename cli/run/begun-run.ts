import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Home, runFolder } from '../home.ts';

/** What is known of a run from its first moment, should its command die before it can say how the run ended. */
export interface BegunRun {
  readonly runId: string;
  readonly kind: 'train' | 'infer' | 'pipeline';
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** The process that watches the run. */
  readonly pid: number;
}

const FILE = 'run.json';

/** Notes in its folder that a run has begun. */
export function beginRun(home: Home, { runId, kind }: Pick<BegunRun, 'runId' | 'kind'>): void {
  const run: BegunRun = { runId, kind, startedAt: Date.now(), pid: process.pid };
  writeFileSync(join(runFolder(home, runId), FILE), `${JSON.stringify(run, null, 2)}\n`);
}

/** Undefined for a folder without such a note, or with half of one. */
export function readBegun(folder: string): BegunRun | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
