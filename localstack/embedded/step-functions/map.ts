import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { MapState, States } from './asl.ts';
import { type Data, requirePath } from './paths.ts';
import { fillTemplate } from './payload-template.ts';
import type { Observer, Run, Visit } from './run.ts';
import { runtimeFailure, StateFailure } from './state-failure.ts';

/** Iterations at once where MaxConcurrency is 0 or absent; AWS starts about 40 inline, 10,000 as executions. */
const UNBOUNDED = 40;

type RunStates = (states: States, input: unknown, run: Run) => Promise<unknown>;

/** Runs the ItemProcessor over every item, in order of their index up to MaxConcurrency at once; results keep the order. */
export async function runMap(state: MapState, { name, run, data }: Visit, runStates: RunStates): Promise<unknown> {
  const items = await itemsOf(state, data, run);
  const processor = state.ItemProcessor as States;
  const isDistributed = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const group = new AbortController();
  const signal = AbortSignal.any([run.signal, group.signal]);
  setMaxListeners(0, signal);

  const iterate = (item: unknown, index: number) => {
    const context = { ...run.context, Map: { Item: { Index: index, Value: item } } };
    const selector = state.ItemSelector ?? state.Parameters;
    const input = selector === undefined ? item : fillTemplate(selector, { input: data.input, context });
    const inner = { ...run, signal, context };
    return runStates(processor, input, isDistributed ? childExecution(inner, name, input) : inner);
  };
  try {
    return await inOrder(items, concurrency(state, data), iterate);
  } catch (thrown) {
    // Ends the iterations that run, and with them their workers: no further item is begun.
    group.abort(thrown);
    run.signal.throwIfAborted();
    throw isDistributed ? THRESHOLD_EXCEEDED : thrown;
  }
}

async function itemsOf(state: MapState, data: Data, run: Run): Promise<readonly unknown[]> {
  if (state.ItemReader === undefined) {
    const items = state.ItemsPath === undefined ? data.input : requirePath(state.ItemsPath, data);
    if (Array.isArray(items)) return items;
    throw runtimeFailure(`Reference path '${state.ItemsPath ?? '$'}' must point to an array`);
  }
  const { Resource, Parameters, ReaderConfig } = state.ItemReader;
  if (!Resource.endsWith(':s3:getObject') || ReaderConfig?.InputType !== 'JSON') {
    throw runtimeFailure('the local cloud reads items only by s3:getObject from a JSON array');
  }
  const { Bucket, Key } = fillTemplate(Parameters, data) as { Bucket: string; Key: string };
  const items = await run.services.readItems(Bucket, Key);
  return items.slice(0, ReaderConfig.MaxItems ?? items.length);
}

function concurrency(state: MapState, data: Data): number {
  const path = state.MaxConcurrencyPath;
  const limit = path === undefined ? (state.MaxConcurrency ?? 0) : requirePath(path, data);
  if (typeof limit !== 'number' || limit < 0) throw runtimeFailure(`MaxConcurrency is ${JSON.stringify(limit)}`);
  return limit === 0 ? UNBOUNDED : limit;
}

/** Work over all items with so many at once, begun in their order; the first failure is thrown at once. */
async function inOrder(
  items: readonly unknown[],
  atOnce: number,
  work: (item: unknown, index: number) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const results: unknown[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

/** An iteration of a Distributed Map is an execution of its own: own name, own input, own history. */
function childExecution(run: Run, label: string, input: unknown): Run {
  const parent = run.context.Execution as { readonly Id: string };
  const name = randomUUID();
  const Execution = { ...parent, Id: `${parent.Id}/${label}:${name}`, Name: name, Input: input };
  return { ...run, context: { ...run.context, Execution }, observer: UNSEEN };
}

const unseen = () => {};
const UNSEEN: Observer = { entered: unseen, scheduled: unseen, succeeded: unseen, exited: unseen, failed: unseen };

/** What AWS reports for the Map: how a child failed is only in the child's own record. */
const THRESHOLD_EXCEEDED = new StateFailure(
  'States.ExceedToleratedFailureThreshold',
  'The specified tolerated failure threshold was exceeded',
);
