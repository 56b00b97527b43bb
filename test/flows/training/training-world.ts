/** Memory ports for the functions of the training workflow, with a clock that only sleeping moves. */
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { memoryWarehouse, type ScriptedQuery } from '#adapters/memory/memory-warehouse.ts';
import { OBJECTS } from '#core/names.ts';
import type { Log } from '#core/system/ports.ts';
import type { Carried, TrainingStart } from '#core/training/state.ts';

export const BUCKET = 'data';
export const RUN = 'run-1';
export const uri = (key: string): string => `s3://${BUCKET}/${key}`;
export const START: TrainingStart = { runId: RUN, execution: { id: 'arn:e' }, jobUri: uri(OBJECTS.job(RUN)) };
/** What every state after Validate carries. */
export const AT: Carried = { ...START, queuedAt: 1_700_000_000, attempt: 0 };

export function trainingWorld(queries: Readonly<Record<string, ScriptedQuery>> = {}) {
  const objects = memoryObjects();
  const put = (key: string, value: unknown) =>
    objects.put(uri(key), Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  const get = async (key: string): Promise<unknown> =>
    JSON.parse(Buffer.from((await objects.get(uri(key))).bytes).toString('utf8'));
  return {
    ports: {
      ...{ bucket: BUCKET, objects, control: memoryControl(), runs: memoryRuns() },
      ...{ warehouse: memoryWarehouse(objects, queries), clock: memoryClock(), log: silent },
    },
    put,
    get,
  };
}

/** The document of a job that runs; what a test is about is laid over it. */
export const document = (changes: Readonly<Record<string, unknown>> = {}) => ({
  kind: 'train',
  name: 'digits',
  gang: { hosts: 2, tasksPerHost: 2, instanceTypes: ['g4dn.12xlarge'] },
  task: { command: ['/usr/bin/true'] },
  ...changes,
});

export async function errorOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome === undefined) throw new Error('expected a refusal, but it succeeded');
  return outcome as { code: string; message: string };
}

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };
