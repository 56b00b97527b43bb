import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { LockstepError } from '#core/errors.ts';
import type { Execution, StateVisit, WorkflowName, Workflows } from '#core/runs/ports.ts';

/** The workflows as Step Functions state machines; an execution id is its ARN. */
export function sfnWorkflows(client: SFNClient, arns: Readonly<Record<WorkflowName, string>>): Workflows {
  const executionId = (workflow: WorkflowName, runId: string) =>
    `${arns[workflow].replace(':stateMachine:', ':execution:')}:${runId}`;

  async function history(executionArn: string): Promise<readonly HistoryEvent[]> {
    const all: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const request = { executionArn, maxResults: 1000, includeExecutionData: false, nextToken };
      const page = await client.send(new GetExecutionHistoryCommand(request));
      all.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return all;
  }

  return {
    executionId,
    async start(workflow, runId, input) {
      const request = { stateMachineArn: arns[workflow], name: runId, input: JSON.stringify(input) };
      try {
        const { executionArn } = await client.send(new StartExecutionCommand(request));
        return executionArn ?? executionId(workflow, runId);
      } catch (cause) {
        if (!(cause instanceof ExecutionAlreadyExists)) throw cause;
        throw new LockstepError('LS_RUN_EXISTS', `run ${runId} exists`, { cause });
      }
    },
    async recent(workflow) {
      const request = { stateMachineArn: arns[workflow], maxResults: 100 };
      const { executions = [] } = await client.send(new ListExecutionsCommand(request));
      return executions.flatMap(({ executionArn }) => executionArn ?? []);
    },
    ...sfnExecutions(client),
    visits: async (executionArn) => visitsIn(await history(executionArn)),
    async stop(executionArn, reason) {
      try {
        await client.send(new StopExecutionCommand({ executionArn, error: 'LS_CANCELLED', cause: reason }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw error;
      }
    },
  };
}

/** Executions of whatever workflow, for those who only look. */
export const sfnExecutions = (client: SFNClient): Pick<Workflows, 'describe'> => ({
  async describe(executionArn) {
    try {
      return toExecution(await client.send(new DescribeExecutionCommand({ executionArn })));
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  },
});

const STATUS: Readonly<Record<string, Execution['status']>> = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  ABORTED: 'cancelled',
};

function toExecution({ status, input, output, error, cause, stopDate }: DescribeExecutionOutput): Execution {
  const known = STATUS[String(status)];
  return {
    status: known ?? 'failed',
    input: JSON.parse(input ?? 'null'),
    ...(stopDate !== undefined && { endedAt: stopDate.getTime() }),
    ...(output !== undefined && { output: JSON.parse(output) }),
    ...(known === undefined && { failure: { code: error ?? `States.${status}`, message: reason(cause) } }),
  };
}

/** A function's error arrives as JSON with the message inside; everything else is the text itself. */
function reason(cause = ''): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}

/**
 * Pairs every entry of a state with the next exit of that state. A state that failed may have an entry only: the next entry
 * ends it. What a state did last counts: a failure that was tried again with success is none.
 */
function visitsIn(events: readonly HistoryEvent[]): readonly StateVisit[] {
  const visits: { -readonly [Key in keyof StateVisit]: StateVisit[Key] }[] = [];
  let [hasFailed, isFailState] = [false, false];
  for (const { type = '', timestamp, stateEnteredEventDetails: entered } of events) {
    const at = timestamp?.getTime() ?? 0;
    const open = visits.at(-1);
    if (/(Failed|TimedOut|Aborted)$/.test(type)) hasFailed = true;
    else if (/(Started|Succeeded)$/.test(type)) hasFailed = false;
    const isEnd = type.endsWith('StateExited') || type.startsWith('Execution');
    if (open !== undefined && open.exitedAt === undefined && (isEnd || entered !== undefined)) {
      open.exitedAt = at;
      if (hasFailed && !isFailState) open.hasFailed = true;
    }
    if (entered?.name === undefined) continue;
    visits.push({ state: entered.name, enteredAt: at });
    hasFailed = false;
    // A Fail state has done what it is for when the execution fails.
    isFailState = type === 'FailStateEntered';
  }
  return visits;
}
