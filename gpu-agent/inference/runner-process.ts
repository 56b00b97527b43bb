import { type ChildProcess, fork } from 'node:child_process';
import type { Guardian } from '#adapters/process/guardian.ts';
import { signalGroup } from '#adapters/process/signal.ts';
import { isErrorCode, LockstepError } from '#core/errors.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import type { PlanRequest, RunnerAnswer, RunnerRequest } from './messages.ts';

/** What one of the processes of a host has. */
export interface RunnerShare {
  /** Variables beside those of the agent: which accelerator it sees. */
  readonly env: Readonly<Record<string, string>>;
  readonly processors: number;
  /** What a partition may take at most. */
  readonly timeoutMs: number;
}

export interface RunnerOptions {
  /** Program of the process. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly guardian: Guardian;
}

/** A process that predicts, started when it is first needed and again after it has ended. */
export interface PartitionRunner {
  /** Resolves when the partition is committed. The signal, or the time limit, kills the process. LS_PREDICTOR_DIED. */
  predict(task: PartitionTask, signal: AbortSignal): Promise<void>;
  /** Resolves when the run has its plan. Otherwise as `predict`. */
  plan(run: PlanRequest['plan'], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
}

/** The process stops by itself a little before; this is for one that does not. */
const OVERDUE_MS = 30_000;

export function partitionRunner(
  { file, env: inherited, guardian }: RunnerOptions,
  { env: own, processors, timeoutMs }: RunnerShare,
): PartitionRunner {
  const env = { ...inherited, ...own };
  let running: Running | undefined;

  function start(): Running {
    const child = fork(file, [], { env, detached: true, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const { pid } = child;
    if (pid !== undefined) guardian.watch(pid);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : `signal ${signal}`));
    }).then((how) => {
      // What it started itself is in its group.
      if (pid !== undefined) {
        signalGroup(pid, 'SIGKILL');
        guardian.unwatch(pid);
      }
      if (running?.child === child) running = undefined;
      return how;
    });
    running = { child, ended };
    return running;
  }

  const kill = ({ child }: Running) => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');

  async function ask(request: RunnerRequest, what: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const current = running ?? start();
    const { child, ended } = current;
    const answered = new Promise<RunnerAnswer>((resolve) => child.once('message', resolve));
    const onAbort = () => kill(current);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(onAbort, timeoutMs + OVERDUE_MS);
    try {
      child.send(request, () => {});
      const answer = await Promise.race([answered, ended.then((how) => died(what, how))]);
      if ('done' in answer) return;
      const { code, message } = answer;
      throw isErrorCode(code) ? new LockstepError(code, message) : new Error(message);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  return {
    predict: (task, signal) => ask({ task, processors, timeoutMs }, `predicted partition ${task.partition}`, signal),
    plan: (run, signal) => ask({ plan: run }, 'made the plan', signal),
    async close() {
      if (running === undefined) return;
      const { child, ended } = running;
      child.disconnect();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2_000, undefined).unref())]);
      if (running !== undefined) kill(running);
      await ended;
    },
  };
}

const died = (what: string, how: string): RunnerAnswer => ({
  ...{ code: 'LS_PREDICTOR_DIED', message: `the process that ${what} ended with ${how}` },
});
