import type { Outcome } from './function-spec.ts';

/** The functions of a stack. */
export interface LambdaService {
  /** The Invoke API, for any SDK. */
  readonly url: string;
  /** Runs a function, named by name or ARN, on a JSON document and waits for its outcome. */
  invoke(nameOrArn: string, payload: string): Promise<Outcome>;
  /** Queues an event as asynchronous invocation does: tried again twice; resolves with the last outcome. */
  invokeAsync(nameOrArn: string, payload: string): Promise<Outcome>;
  /** Starts a process of a function that is about to be invoked, unless one is there. Nothing happens for a name that is none. */
  prepare(nameOrArn: string): void;
  stop(): Promise<void>;
}
