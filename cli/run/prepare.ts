import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuardian } from '#adapters/process/guardian.ts';
import { signalGroup } from '#adapters/process/signal.ts';
import { LockstepError } from '#core/errors.ts';
import { installation } from '../installation.ts';

const TAIL_LINES = 15;
const TAIL_CHARACTERS = 16 * 1024;
/** Between SIGTERM and SIGKILL when the command is cancelled. */
const GRACE_MS = 2_000;
/** What left the group may hold the pipes open: last words are waited for only this long. */
const DRAIN_MS = 500;

/**
 * Runs `local.prepare` of a job in the job file's folder. `node` means the Node that runs this, which also finds the
 * packages of this clone. LS_DATA_UNREADABLE with the end of its output if it fails. It ends with this process, however
 * that ends, and takes with it what it started.
 */
export async function prepare(command: readonly string[], jobFile: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  const file = program === 'node' ? process.execPath : program;
  const env = {
    ...process.env,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${installation.packageHooks}`.trim(),
  };
  signal.throwIfAborted();
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(file, args, { cwd: dirname(jobFile), env, detached: true, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-TAIL_CHARACTERS);
    });
  }
  const ended = await endOf(child, signal);
  signal.throwIfAborted();
  if (ended === '') return;
  const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  throw new LockstepError('LS_DATA_UNREADABLE', `local.prepare \`${command.join(' ')}\` failed: ${ended}\n${tail}`, {
    remedy: `Run it by itself in ${dirname(jobFile)} and correct what it says.`,
  });
}

/** How a command in a process group of its own failed, in words; empty if it did not. Afterwards the group is gone. */
async function endOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const { pid } = child;
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('exit', (code, killed) => resolve(code === 0 ? '' : `it ended with ${killed ?? code}`));
  });
  if (pid === undefined) return await ended;
  const guardian = startGuardian();
  guardian.watch(pid);
  const terminate = () => signalGroup(pid, 'SIGTERM');
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const stopped = aborted.then(terminate).then(() => delay(GRACE_MS, '', { ref: false }));
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const outcome = await Promise.race([ended, stopped]);
  await guardian.close();
  await Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false })]);
  return outcome;
}
