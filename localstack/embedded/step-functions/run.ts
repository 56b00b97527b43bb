import type { Catcher } from './asl.ts';
import type { Data } from './paths.ts';
import type { StateFailure } from './state-failure.ts';

/** What happens while states run, for the history of the execution. */
export interface Observer {
  entered(state: string, type: string, input: unknown): void;
  /** A try of a Task calls its service; `waits` where the answer comes from elsewhere: a token, or another execution. */
  scheduled(resource: string, waits: boolean): void;
  exited(state: string, type: string, output: unknown): void;
  /** A try of a state gave its output; a state whose failure a Catch takes exits without. */
  succeeded(state: string, type: string, output: unknown): void;
  /** One try of a state failed; `caughtBy` if a Catch takes it. */
  failed(state: string, type: string, failure: StateFailure, caughtBy?: Catcher): void;
}

/** A call of a service that a Task state makes; resolves with the result of the task. */
export interface TaskCall {
  readonly stateName: string;
  readonly resource: string;
  readonly parameters: unknown;
  /** Aborted when the task times out or the execution ends. */
  readonly signal: AbortSignal;
}

/** Services behind Task states, and task tokens. */
export interface Services {
  call(call: TaskCall): Promise<unknown>;
  /** A function is likely to be called soon. */
  prepare(nameOrArn: string): void;
  /** A new token that somebody else answers. */
  openToken(): OpenToken;
  /** The JSON array in an object. */
  readItems(bucket: string, key: string): Promise<readonly unknown[]>;
}

export interface OpenToken {
  readonly token: string;
  /** Settles with SendTaskSuccess or SendTaskFailure, or with States.HeartbeatTimeout. */
  wait(heartbeatMs: number | undefined): Promise<unknown>;
  /** From now on whoever sends the token hears that its task is over. */
  close(): void;
}

/** Everything that the states of one execution share. */
export interface Run {
  /** The context object, `$$`. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly services: Services;
  readonly observer: Observer;
  /** Aborted when the execution, or the branch or iteration that the run is, must end. */
  readonly signal: AbortSignal;
}

/** One try of one state. */
export interface Visit {
  readonly name: string;
  readonly run: Run;
  /** Input after InputPath, and the context object. */
  readonly data: Data;
}
