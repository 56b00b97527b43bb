import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { TaskUser } from '#adapters/process/task-user.ts';
import { errorText, shortened } from '#core/launch/error-text.ts';
import { withHint } from '#core/launch/left-behind.ts';
import type { Redaction } from '#core/launch/redaction.ts';

/**
 * Why a task ended, for people: what it wrote to its error file (torchelastic's layout, `message` may be nested), or
 * else what can be made of its last words. Undefined if it said nothing.
 */
export function exitMessage(launch: Ended, lastWords: string): string | undefined {
  const { errorFile, cwd, user, leftBehind = [], redact = (same: string) => same } = launch;
  const file = readErrorFile(errorFile, user);
  const reported = file === undefined ? undefined : redact(file);
  const said = reported === undefined ? errorText(lastWords) : shortened(reported);
  return said === '' ? undefined : shortened(withHint(said, cwd, leftBehind));
}

/** Of a task that was started. */
interface Ended {
  readonly errorFile: string;
  readonly cwd: string;
  readonly leftBehind?: readonly string[];
  readonly user?: TaskUser | undefined;
  readonly redact?: Redaction | undefined;
}

/** Longer ones are none of an error. */
const BYTES_MAX = 2 ** 20;

function readErrorFile(path: string, user: TaskUser | undefined): string | undefined {
  try {
    const { message } = JSON.parse(readOwn(path, user)) as { message?: unknown };
    const inner =
      typeof message === 'object' && message !== null ? (message as { message?: unknown }).message : message;
    return typeof inner === 'string' && inner !== '' ? inner : undefined;
  } catch {
    // Absent for most programs, and half written if the task was killed while it wrote.
    return undefined;
  }
}

/** The folder is the task's, who may put anything there: a link, a pipe, or somebody else's file, none of which is read. */
function readOwn(path: string, user: TaskUser | undefined): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    const isOwn = user === undefined || stats.uid === user.uid;
    return stats.isFile() && stats.size <= BYTES_MAX && isOwn ? readFileSync(file, 'utf8') : '';
  } finally {
    closeSync(file);
  }
}
