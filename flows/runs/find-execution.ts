import type { ObjectCreated } from '#core/inference/state.ts';
import type { Execution, RunRecord } from '#core/runs/ports.ts';
import { runIdOf } from '#flows/inference/inbox.ts';
import type { RunPorts } from './ports.ts';

/** An execution with its id. */
export interface FoundExecution extends Execution {
  readonly id: string;
}

export type FindExecution = (run: Pick<RunRecord, 'runId' | 'kind'>) => Promise<FoundExecution | undefined>;

/**
 * Finds the executions of runs. One that somebody started is named after its run; one that an event started has
 * a name of its own, and its run follows from the event that is its input.
 */
export function executionsIn({ workflows }: Pick<RunPorts, 'workflows'>): FindExecution {
  let started: Promise<ReadonlyMap<string, FoundExecution>> | undefined;

  async function startedByEvents(): Promise<ReadonlyMap<string, FoundExecution>> {
    const found = new Map<string, FoundExecution>();
    for (const id of await workflows.recent('inference')) {
      const execution = await workflows.describe(id);
      const runId = execution && runIdOf(execution.input as Partial<ObjectCreated> | null);
      // An event that was delivered twice starts two executions of one run; the newest comes first.
      if (runId !== undefined && !found.has(runId)) found.set(runId, { ...execution, id } as FoundExecution);
    }
    return found;
  }

  return async ({ runId, kind }) => {
    const id = workflows.executionId(kind === 'train' ? 'training' : 'inference', runId);
    const execution = await workflows.describe(id);
    if (execution !== undefined) return { ...execution, id };
    if (kind === 'train') return undefined;
    started ??= startedByEvents();
    return (await started).get(runId);
  };
}
