import { LockstepError } from '#core/errors.ts';
import { failedText } from '#core/inference/failed-rows.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import { listRuns } from '#flows/runs/describe-run.ts';
import type { RunView } from '#flows/runs/run-view.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { attemptRows } from '../output/attempt-rows.ts';
import { counted } from '../output/counted.ts';
import { labelled } from '../output/labelled.ts';
import { ago, localTime } from '../output/moment.ts';
import type { Summary } from '../output/summary.ts';
import { table } from '../output/table.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';
import { type KeptRun, keptState, listKept } from './kept-run.ts';

export interface RunLine {
  readonly runId: string;
  readonly kind: string;
  readonly state: RunView['state'];
  /** ISO 8601: when it started, or for a run that is kept on this machine when it ended. */
  readonly at: string;
  readonly detail: string;
  /** What became of each attempt of a gang. */
  readonly history?: readonly AttemptStory[];
}

export interface StatusFilter {
  /** Lines at most. @default 50 */
  readonly limit?: number;
  readonly state?: RunLine['state'];
  readonly kind?: 'train' | 'infer' | 'pipeline';
}

const LIMIT = 50;
/** Runs of a deployment that are looked at: those that a filter leaves out count too. */
const LOOKED_AT = 200;

/** `lockstep status`: runs in the clouds that are up, then those that ended on this machine, newest first. */
export async function status(filter: StatusFilter, context: CommandContext): Promise<readonly RunLine[]> {
  const { limit = LIMIT, state, kind } = filter;
  const isFiltered = state !== undefined || kind !== undefined;
  const all = await allRuns(context, isFiltered ? LOOKED_AT : limit);
  return all
    .filter((line) => (state === undefined || line.state === state) && (kind === undefined || line.kind === kind))
    .slice(0, limit);
}

/** `lockstep status RUN` */
export async function statusOf(word: string, context: CommandContext): Promise<RunLine> {
  const runId = await theRun(word, context);
  const found = (await allRuns(context, LOOKED_AT)).find((line) => line.runId === runId);
  if (found !== undefined) return found;
  throw new LockstepError('LS_RUN_NOT_FOUND', `${runId} has just begun, or nothing is left that says how it went`);
}

async function allRuns(context: CommandContext, limit: number): Promise<readonly RunLine[]> {
  const live = await liveRuns(context, limit);
  const known = new Set(live.map((line) => line.runId));
  const kept = listKept(context.home).filter((run) => !known.has(run.runId));
  return [...live, ...kept.map(keptLine)];
}

function keptLine(run: KeptRun): RunLine {
  const { runId, kind, result, at } = run;
  const line = { runId, kind, at: new Date(at).toISOString(), state: keptState(run) };
  if (result === undefined) return { ...line, detail: 'its command ended before the run did' };
  const history = result.history === undefined ? {} : { history: result.history };
  return { ...line, detail: result.ok ? cameTo(result) : `${result.code}: ${result.message}`, ...history };
}

const cameTo = ({ outputs, failed }: Summary): string =>
  failed === undefined ? outputs : `${outputs}; rows not predicted: ${failedText(failed)}`;

async function liveRuns(context: CommandContext, limit: number): Promise<readonly RunLine[]> {
  const lines: RunLine[] = [];
  for (const cloud of await reachableClouds(context)) lines.push(...(await listRuns(cloud, limit)).map(liveLine));
  return lines.toSorted((a, b) => b.at.localeCompare(a.at));
}

/** A run of a deployment as a line. */
export function liveLine({
  runId,
  kind,
  state,
  startedAt,
  failure,
  gang,
  progress,
  history,
  resumed,
}: RunView): RunLine {
  const steps = progress === undefined ? '' : `, step ${progress.step} of ${progress.of}`;
  const place = gang === undefined ? '' : `${gang.phase}, attempt ${gang.attempt}${steps}`;
  const now = failure === undefined ? place : `${failure.code}: ${failure.message}`;
  const before = resumed === undefined ? '' : `resumed ${counted(resumed, 'time')}`;
  const detail = [before, now].filter((text) => text !== '').join('; ');
  const line = { runId, kind, state, at: new Date(startedAt).toISOString(), detail };
  return gang === undefined ? line : { ...line, history };
}

/** The lines as a table for people, of which each is one line of the terminal. */
export function statusTable(lines: readonly RunLine[], nowMs: number): readonly string[] {
  if (lines.length === 0) return ['no runs'];
  const rows = lines.map((line) => [
    ...[line.runId, line.kind, line.state, ago(Date.parse(line.at), nowMs)],
    line.detail.split('\n')[0] ?? '',
  ]);
  return table(['RUN', 'KIND', 'STATE', 'AT', ''], rows);
}

/** One run for people, with what became of its attempts. */
export function runRows({ runId, kind, state, at, detail, history = [] }: RunLine, nowMs: number): readonly string[] {
  const ms = Date.parse(at);
  return labelled([
    ['run', runId],
    ['kind', kind],
    ['state', state],
    ['at', `${localTime(ms)}, ${ago(ms, nowMs)}`],
    ['detail', detail],
    ...attemptRows(history),
  ]);
}
