import { readFileSync } from 'node:fs';

const LINES_MAX = 12;
/** The message travels in a DynamoDB item. */
const CHARACTERS_MAX = 1500;

/**
 * Why a task ended, for people: what it wrote to its error file (torchelastic's layout, `message` may be nested), or
 * else the last lines of its standard error. Undefined if it said nothing.
 */
export function exitMessage(errorFile: string, stderrTail: string): string | undefined {
  const said = readErrorFile(errorFile) ?? lastLines(stderrTail);
  return said === '' ? undefined : said.slice(0, CHARACTERS_MAX);
}

function readErrorFile(path: string): string | undefined {
  try {
    const { message } = JSON.parse(readFileSync(path, 'utf8')) as { message?: unknown };
    const inner =
      typeof message === 'object' && message !== null ? (message as { message?: unknown }).message : message;
    return typeof inner === 'string' && inner !== '' ? inner : undefined;
  } catch {
    // Absent for most programs, and half written if the task was killed while it wrote.
    return undefined;
  }
}

const lastLines = (text: string): string => text.split('\n').slice(-LINES_MAX).join('\n').trim();
