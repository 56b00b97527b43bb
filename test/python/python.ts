import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Folder of the Python package. */
export const PACKAGE = fileURLToPath(new URL('../../python', import.meta.url));

export const hasPython = spawnSync('python3', ['-c', 'import http.client']).status === 0;
if (!hasPython) console.log('skipped: what is written in Python, because there is no python3 on the PATH');

export interface PythonEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PythonRun {
  readonly child: ChildProcess;
  /** Resolves when standard error contains the text; rejects if the program ends first. */
  until(text: string): Promise<void>;
  readonly ended: Promise<PythonEnd>;
}

/** Starts a program of fixtures/, which finds the package where this repository has it. */
export function fixture(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): PythonRun {
  const file = fileURLToPath(new URL(`fixtures/${name}.py`, import.meta.url));
  const child = spawn('python3', [file, ...args], {
    env: { ...process.env, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'error', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<PythonEnd>((done) => {
    child.once('close', (code, signal) => done({ code, signal, ...output }));
  });
  return { child, ended, until: (text) => appears(text, () => output.stderr, ended) };
}

async function appears(text: string, stderr: () => string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!stderr().includes(text)) {
    if (isOver) throw new Error(`the program ended before it said ${JSON.stringify(text)}:\n${stderr()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** What a fixture printed last, as JSON. Throws with its standard error if it printed none. */
export async function answerOf<T>(run: PythonRun): Promise<T> {
  const { stdout, stderr } = await run.ended;
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
  } catch {
    throw new Error(`expected JSON, got ${JSON.stringify(stdout)}; standard error:\n${stderr}`);
  }
}
