import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { signalGroup } from '#adapters/process/signal.ts';
import { asUser, type TaskUser } from '#adapters/process/task-user.ts';
import type { TaskExit } from '#core/gang/records.ts';
import type { Redaction } from '#core/launch/redaction.ts';
import { exitMessage } from './exit-message.ts';
import { openTaskLog, type TaskLog } from './task-log.ts';

/** Everything that starting one task takes. */
export interface TaskLaunch {
  readonly rank: number;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly errorFile: string;
  /** Told of what the task writes, line by line. @default - nobody is */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Files beside the job that did not travel; see core/launch/left-behind.ts. */
  readonly leftBehind?: readonly string[];
  /** Takes out of what it says what nobody may read. @default - nothing is taken out */
  readonly redact?: Redaction | undefined;
  /** Whom the task runs as. @default - the user of this process */
  readonly user?: TaskUser | undefined;
}

export interface TaskProcess {
  readonly rank: number;
  /** Undefined if the command could not be started at all. */
  readonly pgid: number | undefined;
  readonly log: TaskLog;
  readonly exited: Promise<TaskExit>;
  /** Ends a task that stands still: it may still say where (SIGABRT), and is killed if it does not. The reason is its exit's. */
  abort(reason: string): void;
}

/** What a shell answers for a command that is not there, and for one that may not be run. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
/** A stack dump takes no longer. */
const LAST_WORDS_MS = 2_000;
/** A grandchild may hold the pipes open after the task has ended: its last words are waited for only this long. */
const DRAIN_MS = 200;

/** Starts a task as the leader of its own process group. `isStopping` says, at its exit, whether we asked for it. */
export function startTask(launch: TaskLaunch, isStopping: () => boolean): TaskProcess {
  const log = openTaskLog(launch.logPath, { onLine: launch.onLine, redact: launch.redact });
  rmSync(launch.errorFile, { force: true });
  const child = spawnTask(launch);
  if (child instanceof Error) {
    const exited = Promise.resolve(notStarted(launch, child));
    return { rank: launch.rank, pgid: undefined, log, exited, abort() {} };
  }
  child.stdout.on('data', (chunk: Buffer) => log.write(chunk, 'stdout'));
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk, 'stderr'));
  const { pid } = child;
  let reason: string | undefined;
  return {
    ...{ rank: launch.rank, pgid: pid, log },
    exited: exitOf(child, { launch, log, isStopping, aborted: () => reason }),
    abort(why) {
      if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      reason = why;
      signalGroup(pid, 'SIGABRT');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), LAST_WORDS_MS);
      child.once('exit', () => clearTimeout(timer));
    },
  };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Some reasons not to start come as an event, others (an environment that is too long) are thrown: those are returned. */
function spawnTask({ command, cwd, env, user }: TaskLaunch): Child | Error {
  const [file = '', ...args] = command;
  try {
    return spawn(file, args, { cwd, env, ...asUser(user), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return error as Error;
  }
}

interface ExitContext {
  readonly launch: TaskLaunch;
  readonly log: TaskLog;
  readonly isStopping: () => boolean;
  /** Why the agent has aborted it, where it has. */
  readonly aborted: () => string | undefined;
}

function exitOf(child: Child, { launch, log, isStopping, aborted }: ExitContext): Promise<TaskExit> {
  const { promise, resolve } = Promise.withResolvers<TaskExit>();
  child.once('error', (cause: NodeJS.ErrnoException) => {
    if (child.pid === undefined) resolve(notStarted(launch, cause));
  });
  child.once('exit', (code, signal) => {
    const stopped = isStopping();
    const finish = () => {
      // One that ended well has nothing to explain, whatever it printed last.
      const said = code === 0 ? undefined : exitMessage(launch, log.lastWords());
      const message = [aborted(), said].filter((part) => part !== undefined).join('\n');
      const isStalled = aborted() !== undefined;
      resolve({ code, signal, stopped, ...(message !== '' && { message }), ...(isStalled && { stalled: true }) });
    };
    const drained = setTimeout(finish, DRAIN_MS);
    child.once('close', () => {
      clearTimeout(drained);
      finish();
    });
  });
  return promise;
}

function notStarted({ command, cwd }: TaskLaunch, cause: NodeJS.ErrnoException): TaskExit {
  const isMissing = cause.code === 'ENOENT';
  const message = isMissing
    ? `the command ${JSON.stringify(command[0])} was not found on the PATH or in ${cwd}`
    : `the command ${JSON.stringify(command[0])} could not be started: ${cause.message}`;
  return { code: isMissing ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, signal: null, stopped: false, message };
}
