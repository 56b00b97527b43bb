import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Incoming } from '../program/incoming.ts';
import type { FromProgram, ToProgram } from '../program/messages.ts';
import { type LoadedProgram, loadedProgram } from '../program/program.ts';
import { FrameReader, frameHead } from './frames.ts';

export interface PythonProcessOptions {
  /** The interpreter or the folder of a virtual environment, or a name to look up on the PATH. */
  readonly python: string;
  /** The user's program. */
  readonly path: string;
  /** What it is called in messages. */
  readonly name: string;
  readonly timeoutS: number;
}

/** Lies beside this file: in the source tree, and in what is bundled. */
const RUNNER = fileURLToPath(new URL('./runner/runner.py', import.meta.url));

/** What of its standard error is kept for the message about its end. */
const TAIL_LINES = 12;
const TAIL_CHARACTERS = 4_000;

/** How long what is left of its standard error is waited for. */
const DRAIN_MS = 1_000;

const NO_PYTHON =
  'A Python program predicts where there is a Python: run the job on this machine (without --stack) and name the interpreter or a ' +
  'virtual environment in `predict.python`, or export the model to ONNX.';

/**
 * Starts a process in a group of its own and waits until it has loaded the program. What it prints goes to the standard
 * error of this process. LS_MODEL_UNREADABLE.
 */
export async function startPythonProcess({
  python,
  path,
  name,
  timeoutS,
}: PythonProcessOptions): Promise<LoadedProgram> {
  const child = spawn(interpreterIn(python), ['-u', RUNNER, path], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // A function has another home; packages and caches of the user are in that of the user.
    env: { ...process.env, HOME: userInfo().homedir, PYTHONDONTWRITEBYTECODE: '1' },
  });
  const tail = lastLines(child.stderr as Readable);
  const incoming = new Incoming(timeoutS * 1000, () => killGroup(child));
  const ended = untilEnded(child).then((how) => incoming.end(`${how}${tail()}`));
  child.once('error', (error) => incoming.end(`${python} cannot be started: ${error.message}. ${NO_PYTHON}`));
  const [, , , toProgram, fromProgram] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  // Its end is told by the exit, with a reason.
  toProgram.on('error', () => {});
  fromProgram.on('error', () => {});
  receive(fromProgram, incoming, () => killGroup(child));
  return await loadedProgram({
    ...{ name, incoming },
    say: (message) => send(toProgram, message),
    async close() {
      killGroup(child);
      await ended;
    },
  });
}

/** A virtual environment has its interpreter in one place. */
const interpreterIn = (python: string): string =>
  statSync(python, { throwIfNoEntry: false })?.isDirectory() ? join(python, 'bin', 'python') : python;

function send(to: Writable, message: ToProgram): void {
  const rows = 'rows' in message ? message.rows : undefined;
  to.write(frameHead(rows ? { rows: true } : message, rows?.length ?? 0));
  if (rows) to.write(rows);
}

function receive(from: Readable, incoming: Incoming, kill: () => void): void {
  const reader = new FrameReader();
  from.on('data', (chunk: Uint8Array) => {
    try {
      for (const { header, payload } of reader.push(chunk)) {
        const message = header as FromProgram;
        incoming.add('given' in message ? { ...message, given: payload } : message);
      }
    } catch (error) {
      incoming.end(`it wrote among its answers, on descriptor 4: ${(error as Error).message}`);
      kill();
    }
  });
}

/** How the process ended, when nothing of its group is left and its standard error has been read. */
async function untilEnded(child: ChildProcess): Promise<string> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal ${signal}`));
  });
  killGroup(child);
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([closed, new Promise<void>((resolve) => (timer = setTimeout(resolve, DRAIN_MS)))]);
  clearTimeout(timer);
  return `its process ended with ${how}`;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** Passes on what the program prints, and keeps the end of it. */
function lastLines(printed: Readable): () => string {
  let last = '';
  printed.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    last = (last + chunk.toString()).slice(-TAIL_CHARACTERS);
  });
  return () => {
    const lines = last.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    return lines === '' ? '' : `; the last that it printed:\n${lines}`;
  };
}
