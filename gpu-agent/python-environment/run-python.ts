import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { asUser, type TaskUser } from '#adapters/process/task-user.ts';
import { isDiskFull, pipError } from '#core/launch/pip-error.ts';
import { endAllOf } from '../isolation/isolation.ts';
import { EnvironmentFailed } from './environment-failed.ts';

/** How the programs that make an environment are run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends the program after so many milliseconds. */
  readonly timeoutMs: number;
  /** A folder of the disk that it writes to. */
  readonly disk: string;
  /** For people: what is being done. */
  readonly what: string;
  /** Whom it runs as: packages run code of their own while they are installed. @default - the user of this process */
  readonly user?: TaskUser | undefined;
}

/** A program does not always say why it failed; with less than this nothing of Python can be installed. */
const ROOM_BYTES = 8 * 2 ** 20;

/** The end of what a program prints is kept, which is where its error stands. */
const KEPT_CHARACTERS = 64 * 1024;

/**
 * Runs a program in a process group of its own to its end and answers with what it printed. EnvironmentFailed with its own
 * words where it fails or takes too long; an error with ENOSPC where it found the disk full.
 */
export async function runPython(command: readonly string[], options: RunOptions): Promise<string> {
  const { cwd, env, timeoutMs, disk, what, user } = options;
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    ...{ cwd, env, ...asUser(user), detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_CHARACTERS);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; signal: string | null }>();
  child.once('error', (error) =>
    reject(new EnvironmentFailed(`${what}: ${program} could not be started: ${error.message}`)),
  );
  child.once('close', (code, signal) => resolve({ code, signal }));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  const { code, signal } = await promise.finally(() => clearTimeout(timer));
  if (user !== undefined) await endAllOf(user);
  if (code === 0) return output;
  if (isLate) {
    const limit = Math.round(timeoutMs / 1000);
    throw new EnvironmentFailed(
      `${what}: not done after ${limit} s; limits.formTimeoutS bounds it. ${pipError(output)}`,
    );
  }
  if (isDiskFull(output) || (await hasNoRoom(disk)))
    throw Object.assign(new Error(`${what}: ${pipError(output)}`), { code: 'ENOSPC' });
  // Killed from outside, for want of memory perhaps: that is no word of pip.
  if (signal !== null) throw new Error(`${what}: ${program} was ended by ${signal}`);
  throw new EnvironmentFailed(`${what}: ${pipError(output)}`);
}

async function hasNoRoom(folder: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(folder);
  return bavail * bsize < ROOM_BYTES || (files > 0 && ffree === 0);
}
