import { LockstepError } from '#core/errors.ts';
import type { Execution, StateVisit, WorkflowName, Workflows } from '#core/runs/ports.ts';
import type { Clock } from '#core/system/ports.ts';

/** What an execution does: the states that it enters, and how it ends; without an end it stays in the last state. */
export interface ScriptedExecution {
  readonly states: readonly string[];
  readonly end?: Pick<Execution, 'output'> | Required<Pick<Execution, 'failure'>>;
}

/** Workflows in memory: an execution does at once what `script` says about its input. */
export function memoryWorkflows(
  { clock }: { readonly clock: Pick<Clock, 'wallMs'> },
  script: (workflow: WorkflowName, input: unknown) => ScriptedExecution,
): Workflows {
  const executions = new Map<
    string,
    { readonly workflow: WorkflowName; now: Execution; visits: readonly StateVisit[] }
  >();
  const executionId = (workflow: WorkflowName, runId: string) => `${workflow}:${runId}`;

  function visitsOf({ states, end }: ScriptedExecution): readonly StateVisit[] {
    const at = clock.wallMs();
    const isOpen = (index: number) => end === undefined && index === states.length - 1;
    return states.map((state, index) => ({ state, enteredAt: at, ...(!isOpen(index) && { exitedAt: at }) }));
  }

  return {
    executionId,
    async start(workflow, runId, input) {
      const id = executionId(workflow, runId);
      if (executions.has(id)) throw new LockstepError('LS_RUN_EXISTS', `run ${runId} exists`);
      const scripted = script(workflow, input);
      executions.set(id, { workflow, now: executionOf(scripted, input), visits: visitsOf(scripted) });
      return id;
    },
    recent: async (workflow) =>
      [...executions]
        .filter(([, one]) => one.workflow === workflow)
        .map(([id]) => id)
        .toReversed(),
    describe: async (id) => executions.get(id)?.now,
    visits: async (id) => executions.get(id)?.visits ?? [],
    async stop(id) {
      const execution = executions.get(id);
      if (execution?.now.status !== 'running') return;
      execution.now = { status: 'cancelled', input: execution.now.input };
      const at = clock.wallMs();
      execution.visits = execution.visits.map((visit) => ({ exitedAt: at, ...visit }));
    },
  };
}

function executionOf({ end }: ScriptedExecution, input: unknown): Execution {
  if (end === undefined) return { status: 'running', input };
  return 'failure' in end ? { status: 'failed', input, failure: end.failure } : { status: 'succeeded', input, ...end };
}
