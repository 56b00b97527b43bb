import { LockstepError } from '#core/errors.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { runState } from '../run/run-state.ts';
import type { CommandContext } from './context.ts';
import { listKept } from './kept-run.ts';

export interface RunLine {
  readonly runId: string;
  readonly kind: string;
  readonly state: string;
  /** ISO 8601: when it started, or for a run that is kept on this machine when it ended. */
  readonly at: string;
  readonly detail: string;
}

const SHOWN = 50;

/** `lockstep status [RUN]`: runs in the clouds that are up, then those that ended on this machine, newest first. */
export async function status(runId: string | undefined, context: CommandContext): Promise<readonly RunLine[]> {
  const live = await liveRuns(context);
  const known = new Set(live.map((line) => line.runId));
  const kept = listKept(context.home)
    .filter((run) => !known.has(run.runId))
    .map(({ runId, result, endedAt }) => ({
      runId,
      kind: result.ok ? result.kind : 'run',
      state: result.ok ? 'succeeded' : 'failed',
      at: new Date(endedAt).toISOString(),
      detail: result.ok ? result.outputs : `${result.code}: ${result.message}`,
    }));
  const all = [...live, ...kept].slice(0, runId === undefined ? SHOWN : undefined);
  if (runId === undefined) return all;
  const found = all.filter((line) => line.runId === runId);
  if (found.length === 0) throw new LockstepError('LS_RUN_NOT_FOUND', `there is no run ${runId} here`);
  return found;
}

async function liveRuns(context: CommandContext): Promise<readonly RunLine[]> {
  const lines: RunLine[] = [];
  for (const open of await reachableClouds(context)) {
    const cloud = open();
    for (const run of await cloud.runs.list(SHOWN)) {
      const [state, control, progress] = await Promise.all([
        runState(cloud, run),
        cloud.control.read(run.runId),
        cloud.progress.get(run.runId),
      ]);
      const steps = progress === undefined ? '' : `, step ${progress.step} of ${progress.of}`;
      const detail = control === undefined ? '' : `${control.phase}, attempt ${control.attempt + 1}${steps}`;
      lines.push({ runId: run.runId, kind: run.kind, state, at: new Date(run.startedAt).toISOString(), detail });
    }
  }
  return lines.toSorted((a, b) => b.at.localeCompare(a.at));
}

/** The lines as a table for people. */
export function statusTable(lines: readonly RunLine[]): readonly string[] {
  if (lines.length === 0) return ['no runs'];
  const rows = [
    ['RUN', 'KIND', 'STATE', 'AT', ''],
    ...lines.map((line) => [line.runId, line.kind, line.state, line.at, line.detail]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
