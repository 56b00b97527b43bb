import { readFileSync } from 'node:fs';
import { errorText, shortened } from '#core/launch/error-text.ts';
import { withHint } from '#core/launch/left-behind.ts';

/**
 * Why a task ended, for people: what it wrote to its error file (torchelastic's layout, `message` may be nested), or
 * else what can be made of its last words. Undefined if it said nothing.
 */
export function exitMessage(launch: Ended, lastWords: string): string | undefined {
  const { errorFile, cwd, leftBehind = [] } = launch;
  const reported = readErrorFile(errorFile);
  const said = reported === undefined ? errorText(lastWords) : shortened(reported);
  return said === '' ? undefined : shortened(withHint(said, cwd, leftBehind));
}

/** Of a task that was started. */
interface Ended {
  readonly errorFile: string;
  readonly cwd: string;
  readonly leftBehind?: readonly string[];
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
