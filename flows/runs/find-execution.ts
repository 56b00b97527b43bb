import type { Execution, RunRecord } from '#core/runs/ports.ts';
import type { RunPorts } from './ports.ts';

/** An execution with its id. */
export interface FoundExecution extends Execution {
  readonly id: string;
}

/**
 * The execution of a run; undefined where nobody remembers it. One that somebody started is named after its run; one
 * that an event started stands in the record of the run.
 */
export async function findExecution(
  { workflows }: Pick<RunPorts, 'workflows'>,
  { runId, kind, execution }: Pick<RunRecord, 'runId' | 'kind' | 'execution'>,
): Promise<FoundExecution | undefined> {
  const id = execution ?? workflows.executionId(kind === 'train' ? 'training' : 'inference', runId);
  const found = await workflows.describe(id);
  return found && { ...found, id };
}
