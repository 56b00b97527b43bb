import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Guardian } from '#adapters/process/guardian.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints goes there; its last lines are in the error if it fails. */
  readonly log: string;
  /** It is killed after so long. @default 300000 */
  readonly timeoutMs?: number;
}

const TAIL_LINES = 25;

/** Runs a program in a process group under the guardian and returns what it printed. Rejects with its last lines if it fails. */
export async function runCommand(
  guardian: Guardian,
  [program = '', ...args]: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const child = startInGroup(program, args, options);
  const { pid } = child;
  if (pid !== undefined) guardian.watch(pid);
  const timer = setTimeout(() => pid !== undefined && killGroup(pid), options.timeoutMs ?? 300_000);
  const how = await new Promise<string | number>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? String(signal)));
  });
  clearTimeout(timer);
  if (pid !== undefined) {
    killGroup(pid);
    guardian.unwatch(pid);
  }
  const printed = readFileSync(options.log, 'utf8');
  if (how === 0) return printed;
  const tail = printed.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  throw new Error(`${program} ${args.join(' ')} ended with ${how}:\n${tail}`);
}

/** Starts a program in a process group of its own, with everything that it prints in a new file. */
export function startInGroup(program: string, args: readonly string[], options: CommandOptions): ChildProcess {
  const log = openSync(options.log, 'w');
  try {
    return spawn(program, args, { ...options, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Kills what is left of a process group. */
export function killGroup(pgid: number): void {
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
