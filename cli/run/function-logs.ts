import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cloud } from '../cloud/cloud.ts';
import { namesIn } from '../home.ts';

/** A line that a function of the workflows wrote about a run. */
export interface FunctionLine {
  /** `InferPartition`, `AcquireHosts`, … */
  readonly function: string;
  /** ISO 8601. */
  readonly time: string;
  readonly level: string;
  /** The message, and what it is about as `name=value`. */
  readonly text: string;
}

/** Reads what functions write about one run: they log one JSON object a line, see adapters/system/json-log.ts. */
export interface FunctionLogReader {
  /** Lines that have been completed since the last call, in the order of their times. */
  poll(): Promise<readonly FunctionLine[]>;
}

interface ReadFile {
  sizeBytes: number;
  /** The beginning of a line whose end has not been read. */
  rest: Buffer;
}

const ENDING = '.log';
const NEWLINE = 0x0a;

/** `folder` holds a file for each function of a local cloud. */
export function functionLogReader(folder: string, runId: string): FunctionLogReader {
  const known = new Map<string, ReadFile>();
  return {
    async poll() {
      const lines: FunctionLine[] = [];
      for (const name of namesIn(folder).filter((one) => one.endsWith(ENDING))) {
        const file = known.get(name) ?? { sizeBytes: 0, rest: Buffer.alloc(0) };
        known.set(name, file);
        for await (const line of newLines(join(folder, name), file)) {
          const read = line.includes(runId) ? functionLine(shortName(name), line, runId) : undefined;
          if (read !== undefined) lines.push(read);
        }
      }
      return lines.toSorted((a, b) => a.time.localeCompare(b.time));
    },
  };
}

async function* newLines(path: string, file: ReadFile): AsyncGenerator<string> {
  await using handle = await open(path);
  for await (const chunk of handle.createReadStream({ start: file.sizeBytes, autoClose: false })) {
    file.sizeBytes += chunk.length;
    const all = Buffer.concat([file.rest, chunk]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    file.rest = all.subarray(end);
    if (end > 0)
      yield* all
        .subarray(0, end - 1)
        .toString('utf8')
        .split('\n');
  }
}

/** Undefined for a line about something else, and for one that is no object of the log. */
function functionLine(name: string, line: string, runId: string): FunctionLine | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { time, level, message, runId: of, ...fields } = value;
  if (of !== runId) return undefined;
  const about = Object.entries(fields).map(
    ([key, one]) => `${key}=${typeof one === 'string' ? one : JSON.stringify(one)}`,
  );
  return { function: name, time: String(time), level: String(level), text: [String(message), ...about].join(' ') };
}

/** `Lockstep-InferencePlanInferenceFunctionE5CACB61.log` → `PlanInference` */
const shortName = (file: string): string =>
  /^\w+-(?:Inference|TrainingWatch|Training)?(\w+?)Function[0-9A-F]{8}\.log$/.exec(file)?.[1] ??
  file.slice(0, -ENDING.length);

const KEPT = 'functions.jsonl';

/** Keeps in the folder of a run what functions wrote about it, where the cloud is one that may go. */
export async function keepFunctionLogs(
  { functionLogs }: Pick<Cloud, 'functionLogs'>,
  runId: string,
  folder: string,
): Promise<void> {
  const lines = functionLogs === undefined ? [] : await functionLogReader(functionLogs, runId).poll();
  if (lines.length === 0) return;
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(join(folder, 'logs', KEPT), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** The lines that were kept of a run; none where there are none. */
export function keptFunctionLines(folder: string): readonly FunctionLine[] {
  const path = join(folder, 'logs', KEPT);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as FunctionLine);
}
