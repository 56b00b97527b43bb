import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guardian } from '#adapters/process/guardian.ts';
import { readBody } from '../http/body.ts';
import { type Listener, listen } from '../http/listen.ts';
import { environmentVariables } from './environment-variables.ts';
import type { FunctionFailure, FunctionSpec, Outcome } from './function-spec.ts';

const RUNTIME_CLIENT = fileURLToPath(new URL('./runtime-client.mjs', import.meta.url));

/** Loading a handler may take this long; AWS allows 10 s, a busy laptop gets more. */
const INIT_LIMIT_MS = 60_000;

/** What every environment of the cloud shares. */
export interface Surroundings {
  readonly guardian: Guardian;
  /** Variables of the cloud itself: endpoints, region, credentials. */
  readonly cloudEnv: Readonly<Record<string, string>>;
  /** Folder for compiled code, which all share. */
  readonly codeCache?: string | undefined;
  /** File that standard output and error of a function are appended to. */
  logFile(functionName: string): string;
  /** A folder of its own for one environment, which stands for Lambda's /tmp. */
  tempDir(functionName: string): string;
}

interface Running {
  readonly id: string;
  readonly payload: string;
  readonly settle: (outcome: Outcome) => void;
  timer: NodeJS.Timeout;
  /** An error that was reported; the outcome waits until the process asks for more or is gone. */
  failure?: FunctionFailure;
}

/** One Lambda environment: a process with its handler loaded once, and the Runtime API that feeds it one event a time. */
export class Environment {
  readonly #spec: FunctionSpec;
  readonly #around: Surroundings;
  readonly #exited = Promise.withResolvers<void>();
  #api: Listener | undefined;
  #child: ChildProcess | undefined;
  #waiting: ServerResponse | undefined;
  #running: Running | undefined;
  #initFailure: FunctionFailure | undefined;
  #usable = true;

  constructor(spec: FunctionSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
  }

  /** False once the process is gone or was given up; such an environment takes no further event. */
  get usable(): boolean {
    return this.#usable;
  }

  async start(): Promise<void> {
    this.#api = await listen((request, response) => void this.#answer(request, response));
    // Stopped while it was starting: there is no process yet, and there must be none.
    if (!this.#usable) return this.#api.close();
    const logFile = this.#around.logFile(this.#spec.name);
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [RUNTIME_CLIENT, this.#around.codeCache ?? ''], {
      cwd: this.#spec.codeDir,
      detached: true,
      env: environmentVariables(this.#spec, {
        api: `127.0.0.1:${this.#api.port}`,
        cloudEnv: this.#around.cloudEnv,
        tempDir: this.#around.tempDir(this.#spec.name),
      }),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    if (child.pid !== undefined) this.#around.guardian.watch(child.pid);
    child.once('error', (error) => this.#onExit(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => this.#onExit(signal === null ? `exit status ${code}` : `signal: ${signal}`));
  }

  /** Handles one event. The next may be given only when this one has its outcome. */
  invoke(payload: string): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const id = randomUUID();
    if (!this.#usable) return Promise.resolve({ ok: false, failure: exitError(id, 'it was stopped') });
    const timer = setTimeout(() => this.#giveUp(INIT_LIMIT_MS), INIT_LIMIT_MS);
    this.#running = { id, payload, settle: resolve, timer };
    this.#deliver();
    return promise;
  }

  /** Kills the process with everything that it started, and frees the port. */
  async stop(): Promise<void> {
    this.#usable = false;
    this.#kill();
    if (this.#child?.pid !== undefined) await this.#exited.promise;
    await this.#api?.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , , kind, id, what] = (request.url ?? '').split('/');
    if (kind === 'invocation' && id === 'next') return this.#onNext(response);
    const body = (await readBody(request)).toString();
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (kind === 'init') this.#initFailure = JSON.parse(body) as FunctionFailure;
    if (kind !== 'invocation' || this.#running === undefined || this.#running.id !== id) return;
    if (what === 'response') this.#settle({ ok: true, payload: body });
    else this.#running.failure = JSON.parse(body) as FunctionFailure;
  }

  /** The process is idle. Only now is a failed event over: before this it might have been about to exit. */
  #onNext(response: ServerResponse): void {
    if (this.#running?.failure !== undefined) this.#settle({ ok: false, failure: this.#running.failure });
    this.#waiting = response;
    this.#deliver();
  }

  #deliver(): void {
    const running = this.#running;
    if (this.#waiting === undefined || running === undefined) return;
    clearTimeout(running.timer);
    running.timer = setTimeout(() => this.#giveUp(this.#spec.timeoutMs), this.#spec.timeoutMs);
    this.#waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': running.id,
      'lambda-runtime-deadline-ms': String(Date.now() + this.#spec.timeoutMs),
      'lambda-runtime-invoked-function-arn': this.#spec.arn,
      'lambda-runtime-trace-id': `Root=1-00000000-${running.id.replaceAll('-', '').slice(0, 24)};Sampled=0`,
    });
    this.#waiting.end(running.payload);
    this.#waiting = undefined;
  }

  #giveUp(limitMs: number): void {
    const seconds = (limitMs / 1000).toFixed(2);
    const errorMessage = `RequestId: ${this.#running?.id} Error: Task timed out after ${seconds} seconds`;
    this.#usable = false;
    this.#note(errorMessage);
    this.#settle({ ok: false, failure: { errorType: 'Sandbox.Timedout', errorMessage } });
    this.#kill();
  }

  #onExit(how: string): void {
    this.#usable = false;
    // What the handler started must not outlive it.
    this.#kill();
    if (this.#child?.pid !== undefined) this.#around.guardian.unwatch(this.#child.pid);
    this.#exited.resolve();
    void this.#api?.close();
    const running = this.#running;
    if (running === undefined) return;
    const exit = exitError(running.id, how);
    this.#note(exit.errorMessage);
    this.#settle({ ok: false, failure: running.failure ?? this.#initFailure ?? exit });
  }

  #settle(outcome: Outcome): void {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    running?.settle(outcome);
  }

  #kill(): void {
    if (this.#child?.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #note(line: string): void {
    try {
      appendFileSync(this.#around.logFile(this.#spec.name), `${line}\n`);
    } catch {
      // A disk that is full costs a line of the log, not the whole cloud: the outcome says the same.
    }
  }
}

const exitError = (id: string, how: string): FunctionFailure => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
});
