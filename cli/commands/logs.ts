import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runObjects } from '#core/objects/addresses.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import type { CommandContext } from './context.ts';

export interface LogLine {
  readonly attempt: number;
  readonly rank: number;
  readonly text: string;
}

export interface LogFilter {
  readonly rank?: number;
}

/** `lockstep logs RUN`: what the tasks of a training run wrote, attempt by attempt and rank by rank; maybe nothing. */
export async function logs(runId: string, { rank }: LogFilter, context: CommandContext): Promise<readonly LogLine[]> {
  const kept = join(context.home.runs, runId);
  // A word with a slash or a dot is no run id, and must not become a path that leads elsewhere.
  const files =
    /^[\w-]+$/.test(runId) && existsSync(kept)
      ? keptLogs(join(kept, 'logs'))
      : await inCloudOf(runId, context, (cloud) => cloudLogs(cloud, runId));
  return files
    .filter((file) => rank === undefined || file.rank === rank)
    .toSorted((a, b) => a.attempt - b.attempt || a.rank - b.rank || Number(a.isEnd) - Number(b.isEnd))
    .flatMap(({ attempt, rank, content }) => linesOf(content).map((text) => ({ attempt, rank, text })));
}

/** One line for people: `0/3` is rank 3 in attempt 0. */
export const showLogLine = ({ attempt, rank, text }: LogLine): string => `${attempt}/${rank} ${text}`;

interface LogFile {
  readonly attempt: number;
  readonly rank: number;
  /** The end of a log that outgrew what is kept of its beginning, while its task runs or where its host was lost. */
  readonly isEnd: boolean;
  readonly content: string;
}

/** `<attempt>/<rank>.log` or `.end`, at the end of a path or key. */
const PLACE = /(\d+)\/(\d+)\.(log|end)$/;

function keptLogs(folder: string): readonly LogFile[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.flatMap((path) => logFile(path, () => readFileSync(join(folder, path), 'utf8')));
}

/** Undefined where the cloud does not know the run; one whose tasks have written nothing yet has empty logs. */
async function cloudLogs({ bucket, objects, control }: Cloud, runId: string): Promise<readonly LogFile[] | undefined> {
  const files: LogFile[] = [];
  for await (const { uri } of objects.list(runObjects({ bucket, runId }).logs)) {
    const content = Buffer.from((await objects.get(uri)).bytes).toString('utf8');
    files.push(...logFile(uri, () => content));
  }
  return files.length > 0 || (await control.read(runId)) !== undefined ? files : undefined;
}

function logFile(path: string, content: () => string): readonly LogFile[] {
  const [, attempt, rank, kind] = PLACE.exec(path) ?? [];
  if (rank === undefined) return [];
  return [{ attempt: Number(attempt), rank: Number(rank), isEnd: kind === 'end', content: content() }];
}

const linesOf = (content: string): readonly string[] => content.replace(/\n$/, '').split('\n');
