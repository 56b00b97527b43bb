import { LockstepError } from '#core/errors.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import { listRuns } from '#flows/runs/describe-run.ts';
import type { RunView } from '#flows/runs/run-view.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { attemptRows } from '../output/attempt-rows.ts';
import { labelled } from '../output/labelled.ts';
import type { CommandContext } from './context.ts';
import { type KeptRun, listKept } from './kept-run.ts';

export interface RunLine {
  readonly runId: string;
  readonly kind: string;
  readonly state: string;
  /** ISO 8601: when it started, or for a run that is kept on this machine when it ended. */
  readonly at: string;
  readonly detail: string;
  /** What became of each attempt of a gang. */
  readonly history?: readonly AttemptStory[];
}

const SHOWN = 50;

/** `lockstep status [RUN]`: runs in the clouds that are up, then those that ended on this machine, newest first. */
export async function status(runId: string | undefined, context: CommandContext): Promise<readonly RunLine[]> {
  const live = await liveRuns(context);
  const known = new Set(live.map((line) => line.runId));
  const kept = listKept(context.home)
    .filter((run) => !known.has(run.runId))
    .map(keptLine);
  const all = [...live, ...kept].slice(0, runId === undefined ? SHOWN : undefined);
  if (runId === undefined) return all;
  const found = all.filter((line) => line.runId === runId);
  if (found.length === 0) throw new LockstepError('LS_RUN_NOT_FOUND', `there is no run ${runId} here`);
  return found;
}

function keptLine({ runId, kind, result, at }: KeptRun): RunLine {
  const line = { runId, kind, at: new Date(at).toISOString() };
  if (result === undefined) return { ...line, state: 'unknown', detail: 'its command ended before the run did' };
  const history = result.history === undefined ? {} : { history: result.history };
  if (result.ok) return { ...line, state: 'succeeded', detail: result.outputs, ...history };
  const state = result.code === 'LS_CANCELLED' ? 'cancelled' : 'failed';
  return { ...line, state, detail: `${result.code}: ${result.message}`, ...history };
}

async function liveRuns(context: CommandContext): Promise<readonly RunLine[]> {
  const lines: RunLine[] = [];
  for (const cloud of await reachableClouds(context)) {
    lines.push(...(await listRuns(cloud, SHOWN)).map(liveLine));
  }
  return lines.toSorted((a, b) => b.at.localeCompare(a.at));
}

function liveLine({ runId, kind, state, startedAt, failure, gang, progress, history }: RunView): RunLine {
  const steps = progress === undefined ? '' : `, step ${progress.step} of ${progress.of}`;
  const place = gang === undefined ? '' : `${gang.phase}, attempt ${gang.attempt}${steps}`;
  const detail = failure === undefined ? place : `${failure.code}: ${failure.message}`;
  const line = { runId, kind, state, at: new Date(startedAt).toISOString(), detail };
  return gang === undefined ? line : { ...line, history };
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

/** One run for people, with what became of its attempts. */
export function statusOfRun({ runId, kind, state, at, detail, history = [] }: RunLine): readonly string[] {
  return labelled([
    ['run', runId],
    ['kind', kind],
    ['state', state],
    ['at', at],
    ['detail', detail],
    ...attemptRows(history),
  ]);
}
