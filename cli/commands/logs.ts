import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { executionOf } from '#flows/runs/find-execution.ts';
import { logReader } from '#flows/runs/read-logs.ts';
import type { LogEvent } from '#flows/runs/run-event.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { STOPS } from '../interrupt.ts';
import { readBegun } from '../run/begun-run.ts';
import type { FunctionLine } from '../run/function-logs.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';
import { followFunctions, functionLines } from './function-lines.ts';

export interface LogLine {
  readonly attempt: number;
  readonly rank: number;
  readonly text: string;
}

export interface LogFilter {
  readonly rank?: number;
  /** Goes on with what is written until the run has ended. */
  readonly follow?: boolean;
  /** What the functions of the workflow wrote, in place of the tasks: all that there is of an inference run. */
  readonly functions?: boolean;
}

/**
 * `lockstep logs RUN`: what the tasks of a training run wrote, attempt by attempt and rank by rank, or the functions of an
 * inference; from the cloud while that has it, otherwise from this machine. With `follow` lines are shown as they come,
 * and nothing is left to return.
 */
export async function logs(
  word: string,
  filter: LogFilter,
  context: CommandContext,
): Promise<readonly (LogLine | FunctionLine)[]> {
  const runId = await theRun(word, context);
  if (filter.functions === true || (filter.rank === undefined && (await isInference(runId, context)))) {
    if (filter.follow !== true) return await functionLines(runId, context);
    await followFunctions(runId, context, (lines) => tell(lines, context));
    return [];
  }
  return await taskLines(runId, filter, context);
}

async function taskLines(runId: string, filter: LogFilter, context: CommandContext): Promise<readonly LogLine[]> {
  const cloud = await cloudOf(runId, context);
  if (filter.follow === true && cloud !== undefined) return await follow(cloud, runId, filter, context);
  const inCloud = cloud === undefined ? [] : await cloudLogs(cloud, runId);
  const files = inCloud.length > 0 ? inCloud : keptLogs(join(context.home.runs, runId, 'logs'));
  const lines = files
    .filter(({ rank }) => filter.rank === undefined || rank === filter.rank)
    .toSorted((a, b) => a.attempt - b.attempt || a.rank - b.rank || Number(a.isEnd) - Number(b.isEnd))
    .flatMap(({ attempt, rank, content }) => linesOf(content).map((text) => ({ attempt, rank, text })));
  if (lines.length === 0) context.screen.say(nothing(runId, files, filter));
  return filter.follow === true ? tell(lines, context) : lines;
}

/** One line for people: `0/3` is rank 3 in attempt 0; a line of a function begins with its name. */
export function showLogLine(line: LogLine | FunctionLine): string {
  if ('rank' in line) return `${line.attempt}/${line.rank} ${line.text}`;
  const level = line.level === 'info' ? '' : `${line.level}: `;
  return `${line.function} ${level}${line.text}`;
}

/** What left a note here says what it is; of another run, a cloud that is up. */
async function isInference(runId: string, context: CommandContext): Promise<boolean> {
  const begun = readBegun(join(context.home.runs, runId));
  if (begun !== undefined) return begun.kind === 'infer';
  for (const cloud of await reachableClouds(context)) {
    if ((await executionOf(cloud, runId))?.kind === 'infer') return true;
  }
  return false;
}

/** Why there is nothing to show. LS_USAGE for a rank that the run does not have. */
function nothing(runId: string, files: readonly LogFile[], { rank }: LogFilter): string {
  const ranks = [...new Set(files.map((file) => file.rank))].sort((a, b) => a - b);
  if (rank === undefined || ranks.length === 0 || ranks.includes(rank)) {
    return `${runId}: ${rank === undefined ? 'no task has written anything' : `rank ${rank} has written nothing`}`;
  }
  const message = `${runId}: rank ${rank} has written nothing; those that have are ${ranks.join(', ')}`;
  throw new LockstepError('LS_USAGE', message, { remedy: 'Give one of these, or leave --rank out.' });
}

function tell(lines: readonly (LogLine | FunctionLine)[], { print, json }: CommandContext): readonly LogLine[] {
  for (const line of lines) print(json ? JSON.stringify(line) : showLogLine(line));
  return [];
}

/** The first cloud that is up and knows the run. */
async function cloudOf(runId: string, context: CommandContext): Promise<Cloud | undefined> {
  for (const cloud of await reachableClouds(context)) {
    if ((await cloud.control.read(runId)) !== undefined) return cloud;
  }
  return undefined;
}

/** Shows lines as they are written, until the run or the patience of whoever looks ends. */
async function follow(
  cloud: Cloud,
  runId: string,
  { rank }: LogFilter,
  context: CommandContext,
): Promise<readonly LogLine[]> {
  const { signal } = context.interrupt;
  context.interrupt.means(STOPS);
  const reader = logReader(cloud, runId);
  const show = (events: readonly LogEvent[]) =>
    events
      .filter((event) => rank === undefined || event.rank === rank)
      .flatMap(({ attempt, rank: of, lines }) =>
        tell(
          lines.map((text) => ({ attempt, rank: of, text })),
          context,
        ),
      );
  const isRunning = async () => (await executionOf(cloud, runId))?.status === 'running';
  while (!signal.aborted && (await isRunning())) {
    show(await reader.poll());
    await cloud.clock.sleep(cloud.pollMs, signal).catch(() => {});
  }
  return show(await reader.end());
}

interface LogFile {
  readonly attempt: number;
  readonly rank: number;
  /** The end of a log that outgrew what is kept of its beginning, while its task runs or where its host was lost. */
  readonly isEnd: boolean;
  readonly content: string;
}

/** `<attempt>/<rank>.log` or `.end`, at the end of a path or key. */
const PLACE = /(\d+)[\\/](\d+)\.(log|end)$/;

function keptLogs(folder: string): readonly LogFile[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.flatMap((path) => logFile(path, () => readFileSync(join(folder, path), 'utf8')));
}

async function cloudLogs({ bucket, objects }: Cloud, runId: string): Promise<readonly LogFile[]> {
  const files: LogFile[] = [];
  for await (const { uri } of objects.list(runObjects({ bucket, runId }).logs)) {
    const content = Buffer.from((await objects.get(uri)).bytes).toString('utf8');
    files.push(...logFile(uri, () => content));
  }
  return files;
}

function logFile(path: string, content: () => string): readonly LogFile[] {
  const [, attempt, rank, kind] = PLACE.exec(path) ?? [];
  if (rank === undefined) return [];
  return [{ attempt: Number(attempt), rank: Number(rank), isEnd: kind === 'end', content: content() }];
}

const linesOf = (content: string): readonly string[] => (content === '' ? [] : content.replace(/\n$/, '').split('\n'));
