import type { TaskState } from './asl.ts';
import { delay, orAborted } from './delay.ts';
import { type Data, requirePath } from './paths.ts';
import { fillTemplate } from './payload-template.ts';
import type { OpenToken, Run, Visit } from './run.ts';
import { runtimeFailure, StateFailure } from './state-failure.ts';

const TOKEN_SUFFIX = '.waitForTaskToken';

/** Resources that wait for another execution to end. */
const SYNC = /\.sync(:2)?$/;

/** Calls the service of a Task state and, where the resource says so, waits until somebody answers its token. */
export async function runTask(state: TaskState, { name, run, data }: Visit): Promise<unknown> {
  const waits = state.Resource.endsWith(TOKEN_SUFFIX);
  const open = waits ? run.services.openToken() : undefined;
  const ending = new AbortController();
  const signal = AbortSignal.any([run.signal, ending.signal]);
  try {
    const context = open === undefined ? data.context : { ...(data.context as object), Task: { Token: open.token } };
    const scoped: Data = { input: data.input, context };
    const parameters = state.Parameters === undefined ? data.input : fillTemplate(state.Parameters, scoped);
    const timeoutMs = milliseconds('TimeoutSeconds', state, data);
    const work = perform(state, { parameters, open, data, signal, name }, run);
    const result = timeoutMs === undefined ? work : Promise.race([work, timeout(timeoutMs, signal)]);
    return await orAborted(result, run.signal);
  } finally {
    open?.close();
    ending.abort(new Error('the task is over'));
  }
}

interface Call {
  readonly name: string;
  readonly parameters: unknown;
  readonly open: OpenToken | undefined;
  readonly data: Data;
  readonly signal: AbortSignal;
}

async function perform(state: TaskState, { name, parameters, open, data, signal }: Call, run: Run): Promise<unknown> {
  const heartbeatMs = milliseconds('HeartbeatSeconds', state, data);
  // The wait begins before the call: the answer may arrive before the call returns.
  const answer = open?.wait(heartbeatMs);
  answer?.catch(() => {});
  const resource = open === undefined ? state.Resource : state.Resource.slice(0, -TOKEN_SUFFIX.length);
  run.observer.scheduled(state.Resource, open !== undefined || SYNC.test(state.Resource));
  const called = run.services.call({ stateName: name, resource, parameters, signal });
  if (answer === undefined) return called;
  // A call that fails fails the task; an answer that comes first ends it, whatever becomes of the call.
  return Promise.race([answer, called.then(() => answer)]);
}

async function timeout(ms: number, signal: AbortSignal): Promise<never> {
  await delay(ms, signal);
  throw new StateFailure('States.Timeout', '');
}

function milliseconds(field: 'TimeoutSeconds' | 'HeartbeatSeconds', state: TaskState, data: Data): number | undefined {
  const path = state[`${field}Path`];
  const seconds = path === undefined ? state[field] : requirePath(path, data);
  if (seconds === undefined) return undefined;
  if (typeof seconds === 'number' && seconds > 0) return seconds * 1000;
  throw runtimeFailure(`${field}Path does not reference a positive number: ${JSON.stringify(seconds)}`);
}
