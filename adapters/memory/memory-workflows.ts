import { LockstepError } from '#core/errors.ts';
import type { Execution, StateVisit, WorkflowName, Workflows } from '#core/runs/ports.ts';
import type { Clock } from '#core/system/ports.ts';

/** What an execution does: the states that it enters, and how it ends; without an end it stays in the last state. */
export interface ScriptedExecution {
  readonly states: readonly string[];
  readonly end?: ExecutionEnd;
}

type ExecutionEnd = Pick<Execution, 'output'> | Required<Pick<Execution, 'failure'>>;

export interface MemoryWorkflows extends Workflows {
  /** The execution leaves the state it is in, as one that failed if so, and enters this one. */
  enter(executionId: string, state: string, hasFailed?: boolean): void;
  /** The execution leaves the state it is in and ends. */
  end(executionId: string, end: ExecutionEnd): void;
}

interface Kept {
  readonly workflow: WorkflowName;
  now: Execution;
  readonly visits: { -readonly [Key in keyof StateVisit]: StateVisit[Key] }[];
}

/**
 * Workflows in memory: an execution does at once what `script` says about its input, and from then on what `enter` and
 * `end` say.
 */
export function memoryWorkflows(
  { clock }: { readonly clock: Pick<Clock, 'wallMs'> },
  script: (workflow: WorkflowName, input: unknown) => ScriptedExecution = () => ({ states: [] }),
): MemoryWorkflows {
  const executions = new Map<string, Kept>();
  const executionId = (workflow: WorkflowName, runId: string) => `${workflow}:${runId}`;

  function leave({ visits }: Kept, hasFailed: boolean): void {
    const open = visits.at(-1);
    if (open === undefined || open.exitedAt !== undefined) return;
    open.exitedAt = clock.wallMs();
    if (hasFailed) open.hasFailed = true;
  }

  function enter(id: string, state: string, hasFailed = false): void {
    const one = executions.get(id);
    if (one === undefined) throw new Error(`there is no execution ${id}`);
    leave(one, hasFailed);
    one.visits.push({ state, enteredAt: clock.wallMs() });
  }

  function close(id: string, end: Omit<Execution, 'input' | 'endedAt'>): void {
    const one = executions.get(id);
    if (one?.now.status !== 'running') return;
    leave(one, end.status !== 'succeeded');
    one.now = { ...end, input: one.now.input, endedAt: clock.wallMs() };
  }

  const end = (id: string, how: ExecutionEnd) =>
    close(id, 'failure' in how ? { status: 'failed', ...how } : { status: 'succeeded', ...how });

  return {
    ...{ executionId, enter, end },
    async start(workflow, runId, input) {
      const id = executionId(workflow, runId);
      const before = executions.get(id)?.now;
      const isRepeated = before?.status === 'running' && JSON.stringify(before.input) === JSON.stringify(input);
      if (isRepeated) return id;
      if (before !== undefined) throw new LockstepError('LS_RUN_EXISTS', `run ${runId} exists`);
      executions.set(id, { workflow, now: { status: 'running', input: structuredClone(input) }, visits: [] });
      const scripted = script(workflow, input);
      for (const state of scripted.states) enter(id, state);
      if (scripted.end !== undefined) end(id, scripted.end);
      return id;
    },
    recent: async (workflow) =>
      [...executions]
        .filter(([, one]) => one.workflow === workflow)
        .map(([id]) => id)
        .toReversed(),
    describe: async (id) => executions.get(id)?.now,
    visits: async (id) => structuredClone(executions.get(id)?.visits ?? []),
    stop: async (id) => close(id, { status: 'cancelled' }),
  };
}
