import type { Execution, RunRecord } from '#core/runs/ports.ts';
import type { RunPorts } from './ports.ts';

/** An execution with its id. */
export interface FoundExecution extends Execution {
  readonly id: string;
  /** How often the run was resumed before it: each time is an execution of its own. */
  readonly resumed: number;
}

/** What the execution is called in which a run is resumed for the nth time, from 1. Executions keep their names for good. */
export const resumedName = (runId: string, nth: number): string => (nth === 0 ? runId : `${runId}.${nth}`);

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
 * The newest execution of a run; undefined where nobody remembers one. The first that somebody started is named after its
 * run; one that an event started stands in the record of the run.
 */
export async function findExecution(
  { workflows }: Pick<RunPorts, 'workflows'>,
  { runId, kind, execution }: Pick<RunRecord, 'runId' | 'kind' | 'execution'>,
): Promise<FoundExecution | undefined> {
  const workflow = kind === 'train' ? 'training' : 'inference';
  let id = execution ?? workflows.executionId(workflow, runId);
  const first = await workflows.describe(id);
  let found = first && { ...first, id, resumed: 0 };
  // Only what ended without success can have been resumed, and only a run of inference.
  while (kind === 'infer' && found !== undefined && found.status !== 'running' && found.status !== 'succeeded') {
    const resumed = found.resumed + 1;
    id = workflows.executionId(workflow, resumedName(runId, resumed));
    const next = await workflows.describe(id);
    if (next === undefined) return found;
    found = { ...next, id, resumed };
  }
  return found;
}
