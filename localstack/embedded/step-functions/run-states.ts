import { setMaxListeners } from 'node:events';
import type {
  ChoiceState,
  FailState,
  MapState,
  ParallelState,
  PassState,
  State,
  States,
  TaskState,
  WaitState,
} from './asl.ts';
import { applies } from './choice-rules.ts';
import { delay } from './delay.ts';
import { functionsAhead } from './functions-ahead.ts';
import { runMap } from './map.ts';
import { type Data, requirePath, writePath } from './paths.ts';
import { fillTemplate, valueAt } from './payload-template.ts';
import { RetryBudget } from './retry.ts';
import type { Run, Visit } from './run.ts';
import { catches, runtimeFailure, StateFailure, toStateFailure, withinLimit } from './state-failure.ts';
import { runTask } from './task.ts';

/** Where a state leads: `next` is undefined at an end. */
interface Step {
  readonly output: unknown;
  readonly next: string | undefined;
}

/** Runs states from StartAt to an end and gives its output. Throws a StateFailure, or the reason of the run's signal. */
export async function runStates(states: States, input: unknown, run: Run): Promise<unknown> {
  let name = states.StartAt;
  let data = input;
  for (;;) {
    run.signal.throwIfAborted();
    const state = states.States[name] as State;
    run.observer.entered(name, state.Type, data);
    for (const each of functionsAhead(states, name)) run.services.prepare(each);
    const { output, next } = await visit(name, state, data, run);
    run.observer.exited(name, state.Type, output);
    if (next === undefined) return output;
    name = next;
    data = output;
  }
}

/** Tries a state until it gives an output, its retries are used up, or a Catch takes the failure. */
async function visit(name: string, state: State, input: unknown, run: Run): Promise<Step> {
  const budget = new RetryBudget('Retry' in state ? state.Retry : []);
  const entered = new Date().toISOString();
  for (let retryCount = 0; ; retryCount++) {
    const State = { Name: name, EnteredTime: entered, RetryCount: retryCount };
    try {
      const step = await attempt(state, input, { name, run: { ...run, context: { ...run.context, State } } });
      run.observer.succeeded(name, state.Type, step.output);
      return step;
    } catch (thrown) {
      run.signal.throwIfAborted();
      const failure = toStateFailure(thrown);
      const delayMs = budget.next(failure, state.Type);
      const catchers = 'Catch' in state ? (state.Catch ?? []) : [];
      const catcher = catchers.find(({ ErrorEquals }) => catches(ErrorEquals, failure, state.Type));
      run.observer.failed(name, state.Type, failure, delayMs === undefined ? catcher : undefined);
      if (delayMs !== undefined) await delay(delayMs, run.signal);
      else if (catcher === undefined) throw failure;
      else {
        const error = { Error: failure.error, Cause: failure.reason };
        return { output: place(error, catcher.ResultPath, input), next: catcher.Next };
      }
    }
  }
}

async function attempt(state: State, input: unknown, { name, run }: Omit<Visit, 'data'>): Promise<Step> {
  const { context } = run;
  if (state.Type === 'Fail') throw failureOf(state, { input, context });
  const effective = atPath(state.InputPath, { input, context });
  const visit: Visit = { name, run, data: { input: effective, context } };
  const { value, next } = await perform(state, input, visit);
  const output = atPath(state.OutputPath, { input: value, context });
  return { output: withinLimit(output, name), next };
}

async function perform(
  state: Exclude<State, FailState>,
  input: unknown,
  visit: Visit,
): Promise<{ readonly value: unknown; readonly next: string | undefined }> {
  const { data, run, name } = visit;
  switch (state.Type) {
    case 'Succeed':
      return { value: data.input, next: undefined };
    case 'Choice':
      return { value: data.input, next: choose(state, data) };
    case 'Wait':
      await delay(waitMs(state, data), run.signal);
      return { value: data.input, next: state.Next };
    case 'Pass':
      return { value: place(passResult(state, data), state.ResultPath, input), next: state.Next };
    case 'Task':
    case 'Parallel':
    case 'Map': {
      const { context } = data;
      const raw = withinLimit(await work(state, visit), name);
      const result =
        state.ResultSelector === undefined ? raw : fillTemplate(state.ResultSelector, { input: raw, context });
      return { value: place(result, state.ResultPath, input), next: state.Next };
    }
  }
}

/** The result of a state that does something which can fail and take time. */
function work(state: TaskState | ParallelState | MapState, visit: Visit): Promise<unknown> {
  if (state.Type === 'Task') return runTask(state, visit);
  if (state.Type === 'Map') return runMap(state, visit, runStates);
  const { data, run } = visit;
  return runBranches(
    state.Branches,
    state.Parameters === undefined ? data.input : fillTemplate(state.Parameters, data),
    run,
  );
}

/** All branches at once; the first to fail ends the others. */
async function runBranches(branches: readonly States[], input: unknown, run: Run): Promise<unknown> {
  const group = new AbortController();
  const signal = AbortSignal.any([run.signal, group.signal]);
  setMaxListeners(0, signal);
  try {
    return await Promise.all(branches.map((branch) => runStates(branch, input, { ...run, signal })));
  } catch (error) {
    group.abort(error);
    throw error;
  }
}

function choose(state: ChoiceState, data: Data): string {
  const next = state.Choices.find((rule) => applies(rule, data))?.Next ?? state.Default;
  if (next !== undefined) return next;
  const reason = `Failed to transition out of the state. No rule applies to the input '${JSON.stringify(data.input)}'`;
  throw new StateFailure('States.NoChoiceMatched', reason);
}

function waitMs(state: WaitState, data: Data): number {
  const seconds = state.SecondsPath === undefined ? state.Seconds : requirePath(state.SecondsPath, data);
  if (seconds !== undefined) {
    if (typeof seconds === 'number' && seconds >= 0) return seconds * 1000;
    throw runtimeFailure(
      `The SecondsPath parameter does not reference a number of seconds: ${JSON.stringify(seconds)}`,
    );
  }
  const timestamp = state.TimestampPath === undefined ? state.Timestamp : requirePath(state.TimestampPath, data);
  const until = Date.parse(String(timestamp));
  if (Number.isNaN(until)) throw runtimeFailure(`not a timestamp: ${JSON.stringify(timestamp)}`);
  return until - Date.now();
}

function passResult(state: PassState, data: Data): unknown {
  if (state.Result !== undefined) return state.Result;
  return state.Parameters === undefined ? data.input : fillTemplate(state.Parameters, data);
}

function failureOf(state: FailState, data: Data): StateFailure {
  const text = (literal: string | undefined, path: string | undefined) =>
    path === undefined ? (literal ?? '') : String(valueAt(path, data));
  return new StateFailure(text(state.Error, state.ErrorPath), text(state.Cause, state.CausePath));
}

const atPath = (path: string | null | undefined, data: Data): unknown =>
  path === null ? {} : path === undefined || path === '$' ? data.input : requirePath(path, data);

const place = (result: unknown, path: string | null | undefined, input: unknown): unknown =>
  path === null ? input : path === undefined || path === '$' ? result : writePath(input, path, result);
