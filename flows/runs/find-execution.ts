import type { Execution, RunRecord } from '#core/runs/ports.ts';
import type { RunPorts } from './ports.ts';

/** An execution with its id. */
export interface FoundExecution extends Execution {
  readonly id: string;
}

/** The execution of the run of this id, be it recorded yet or not; undefined where nobody remembers it. */
export async function executionOf(
  ports: Pick<RunPorts, 'workflows' | 'runs'>,
  runId: string,
): Promise<(FoundExecution & Pick<RunRecord, 'kind'>) | undefined> {
  const record = await ports.runs.find(runId);
  for (const kind of record === undefined ? (['train', 'infer'] as const) : [record.kind]) {
    const found = await findExecution(ports, { ...record, runId, kind });
    if (found !== undefined) return { ...found, kind };
  }
  return undefined;
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
