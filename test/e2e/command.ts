import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** One run of the command line in a process group and a state folder of its own. */
export interface Command {
  readonly child: ChildProcess;
  /** Everything that it left on standard error so far. */
  stderr(): string;
  /** Resolves when standard error contains the text; rejects if the command ends first or after `timeoutMs`. */
  until(text: string | RegExp, timeoutMs?: number): Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Last line of standard output, parsed; undefined if it is not JSON. */
  readonly summary: Summary | undefined;
}

/** What `--json` prints; on failure only `ok`, `code`, `message` and `remedy` are there. */
export interface Summary {
  readonly ok: boolean;
  readonly accuracy: number;
  readonly rowsPredicted: number;
  readonly outputs: string;
  readonly report: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** A state folder that nothing else uses, so that whatever a run leaves behind can be found by its path. */
export function stateFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function lockstep(
  home: string,
  args: readonly string[],
  cwd: string = process.cwd(),
  more: NodeJS.ProcessEnv = {},
): Command {
  const bin = resolve(import.meta.dirname, '../../cli/lockstep.mjs');
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      LOCKSTEP_CACHE: join(tmpdir(), 'lockstep-tests', 'cache'),
      ...withoutAws(process.env),
      LOCKSTEP_HOME: home,
      NO_COLOR: '1',
      ...more,
    },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code, signal) => done({ code, signal, ...output, summary: lastJson(output.stdout) }));
  });
  return { child, ended, stderr: () => output.stderr, until: appears };

  function appears(text: string | RegExp, timeoutMs = 90_000): Promise<void> {
    const there = () => (typeof text === 'string' ? output.stderr.includes(text) : text.test(output.stderr));
    return new Promise((done, fail) => {
      const give = (outcome: () => void) => {
        clearInterval(poll);
        clearTimeout(deadline);
        outcome();
      };
      const poll = setInterval(() => {
        if (there()) give(done);
      }, 50);
      const deadline = setTimeout(
        () => give(() => fail(new Error(`"${text}" did not appear; standard error:\n${output.stderr}`))),
        timeoutMs,
      );
      void ended.then((end) =>
        give(() => (there() ? done() : fail(new Error(`ended with ${end.code} before "${text}":\n${end.stderr}`)))),
      );
    });
  }
}

/** Kills every process of the command's own group, as a closed terminal or an impatient operator would. */
export function killGroup(command: Command, signal: NodeJS.Signals): void {
  if (command.child.pid !== undefined) process.kill(-command.child.pid, signal);
}

/** Processes (Linux) that mention the folder in their command line, environment or working directory. */
export function processesOf(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => mentions(pid, folder))
    .map(Number);
}

/** Polls until no process mentions the folder; returns those that remain after `timeoutMs`. */
export async function processesAfter(folder: string, timeoutMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + timeoutMs;
  let left = processesOf(folder);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((done) => setTimeout(done, 200));
    left = processesOf(folder);
  }
  return left;
}

function mentions(pid: string, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return true;
    return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(folder));
  } catch {
    return false; // it ended while we looked
  }
}

function lastJson(stdout: string): Summary | undefined {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}
