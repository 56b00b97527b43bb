import type { Machine } from './asl.ts';
import { delay } from './delay.ts';
import { HISTORY_LIMIT, History } from './history.ts';
import type { Services } from './run.ts';
import { runStates } from './run-states.ts';
import { toStateFailure, withinLimit } from './state-failure.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution has come to. */
export interface Ending {
  readonly status: Exclude<Status, 'RUNNING'>;
  /** JSON text; only where it succeeded. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface ExecutionStart {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly machine: Machine;
  /** JSON text. */
  readonly input: string;
  readonly services: Services;
}

/** Marks the end that came from outside: StopExecution, the machine's own timeout, or the end of the local cloud. */
class Ended extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending.status);
    this.ending = ending;
  }
}

/** How an execution ends that has filled its history; no Catch sees it. */
const HISTORY_FULL: Ending = {
  status: 'FAILED',
  error: 'States.Runtime',
  cause: `The execution reached the maximum number of history events (${HISTORY_LIMIT}).`,
};

/** One execution of a state machine: runs from its creation on, and ends once. */
export class Execution {
  readonly start: ExecutionStart;
  readonly history: History;
  readonly startedAtMs = Date.now();
  /** Resolves, never rejects, when the execution has ended. */
  readonly ended: Promise<Ending>;
  readonly #stop = new AbortController();
  #ending: Ending | undefined;
  #stoppedAtMs: number | undefined;

  constructor(start: ExecutionStart) {
    this.start = start;
    this.history = new History(() => this.#stop.abort(new Ended(HISTORY_FULL)));
    this.history.add('ExecutionStarted', { executionStartedEventDetails: { input: start.input } });
    this.ended = this.#run();
  }

  get status(): Status {
    return this.#ending?.status ?? 'RUNNING';
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get stoppedAtMs(): number | undefined {
    return this.#stoppedAtMs;
  }

  /** Ends it now; no Catch runs. Nothing happens to one that has ended. */
  stop(error?: string, cause?: string): void {
    const why = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.#stop.abort(new Ended({ status: 'ABORTED', ...why }));
  }

  async #run(): Promise<Ending> {
    // One turn later, so that whoever started the execution has it on record before its first state acts.
    await Promise.resolve();
    const timer = new AbortController();
    void this.#limit(timer.signal);
    const ending = await this.#runStates();
    timer.abort();
    this.#ending = ending;
    this.#stoppedAtMs = Date.now();
    this.#record(ending);
    return ending;
  }

  async #runStates(): Promise<Ending> {
    const { machine, input, services } = this.start;
    try {
      const run = { context: this.#context(), services, observer: this.history.observer, signal: this.#stop.signal };
      const output = await runStates(machine, JSON.parse(input), run);
      return { status: 'SUCCEEDED', output: JSON.stringify(withinLimit(output, 'execution')) };
    } catch (thrown) {
      if (thrown instanceof Ended) return thrown.ending;
      const { error, reason } = toStateFailure(thrown);
      return { status: 'FAILED', error, cause: reason };
    }
  }

  async #limit(signal: AbortSignal): Promise<void> {
    const { TimeoutSeconds } = this.start.machine;
    if (TimeoutSeconds === undefined) return;
    const timedOut = await delay(TimeoutSeconds * 1000, signal).then(
      () => true,
      () => false,
    );
    if (timedOut) this.#stop.abort(new Ended({ status: 'TIMED_OUT', error: 'States.Timeout' }));
  }

  #context(): Readonly<Record<string, unknown>> {
    const { arn, name, stateMachineArn, input } = this.start;
    return {
      Execution: {
        Id: arn,
        Name: name,
        Input: JSON.parse(input),
        RoleArn: '',
        StartTime: new Date(this.startedAtMs).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':').at(-1) },
    };
  }

  #record({ status, output, error, cause }: Ending): void {
    const [event, details] = {
      SUCCEEDED: ['ExecutionSucceeded', { output }] as const,
      FAILED: ['ExecutionFailed', { error, cause }] as const,
      TIMED_OUT: ['ExecutionTimedOut', { error, cause }] as const,
      ABORTED: ['ExecutionAborted', { error, cause }] as const,
    }[status];
    this.history.end(event, { [`${event[0]?.toLowerCase()}${event.slice(1)}EventDetails`]: details });
  }
}
