import { AwsError } from '../http/aws-error.ts';
import type { Operations } from '../http/aws-json.ts';
import type { Execution } from './execution.ts';
import type { Executions, StartRequest } from './executions.ts';
import { DATA_LIMIT_BYTES, StateFailure } from './state-failure.ts';
import type { TaskTokens } from './task-tokens.ts';

interface Page {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** The operations of the Step Functions API that are emulated. */
export const stepFunctionsApi = (executions: Executions, tokens: TaskTokens): Operations => ({
  StartExecution: (request: StartRequest) => {
    const { start, startedAtMs } = executions.start(request);
    return { executionArn: start.arn, startDate: startedAtMs / 1000 };
  },

  StopExecution: async ({ executionArn, error, cause }: { executionArn: string; error?: string; cause?: string }) => {
    const execution = executions.find(executionArn);
    execution.stop(error, cause);
    await execution.ended;
    return { stopDate: (execution.stoppedAtMs ?? Date.now()) / 1000 };
  },

  DescribeExecution: ({ executionArn }: { executionArn: string }) => describe(executions.find(executionArn)),

  ListExecutions: (request: Page & { stateMachineArn: string; statusFilter?: string }) => {
    executions.machine(request.stateMachineArn);
    const all = executions.list(request.stateMachineArn);
    const wanted = all.filter(({ status }) => request.statusFilter === undefined || status === request.statusFilter);
    const { items, nextToken } = page(wanted, request);
    return { executions: items.map(summary), nextToken };
  },

  GetExecutionHistory: (request: Page & { executionArn: string; reverseOrder?: boolean }) => {
    const { events } = executions.find(request.executionArn).history;
    const { items, nextToken } = page(request.reverseOrder ? events.toReversed() : events, request);
    return { events: items, nextToken };
  },

  ListStateMachines: () => ({
    stateMachines: executions.machines().map(({ arn }) => ({
      stateMachineArn: arn,
      name: arn.split(':').at(-1),
      type: 'STANDARD',
      creationDate: 0,
    })),
  }),

  DescribeStateMachine: ({ stateMachineArn }: { stateMachineArn: string }) => {
    const { arn, text } = executions.machine(stateMachineArn);
    const name = arn.split(':').at(-1);
    return { stateMachineArn: arn, name, status: 'ACTIVE', definition: text, type: 'STANDARD', creationDate: 0 };
  },

  SendTaskSuccess: ({ taskToken, output }: { taskToken: string; output: string }) => {
    tokens.succeed(taskToken, parseOutput(output));
  },

  SendTaskFailure: ({ taskToken, error = '', cause = '' }: { taskToken: string; error?: string; cause?: string }) => {
    tokens.fail(taskToken, new StateFailure(error, cause));
  },

  SendTaskHeartbeat: ({ taskToken }: { taskToken: string }) => {
    tokens.beat(taskToken);
  },
});

function parseOutput(output: string): unknown {
  if (Buffer.byteLength(output) > DATA_LIMIT_BYTES) throw new AwsError('InvalidOutput', 'Invalid Output: too long');
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

const summary = ({ start, status, startedAtMs, stoppedAtMs }: Execution) => ({
  executionArn: start.arn,
  stateMachineArn: start.stateMachineArn,
  name: start.name,
  status,
  startDate: startedAtMs / 1000,
  ...(stoppedAtMs === undefined ? {} : { stopDate: stoppedAtMs / 1000 }),
});

/** The answer of DescribeExecution. */
export const describe = (execution: Execution) => ({
  ...summary(execution),
  input: execution.start.input,
  inputDetails: { included: true },
  ...execution.ending,
  ...(execution.ending?.output === undefined ? {} : { outputDetails: { included: true } }),
  redriveCount: 0,
  redriveStatus: 'NOT_REDRIVABLE',
});

function page<T>(all: readonly T[], { maxResults = 100, nextToken }: Page) {
  const from = Number(nextToken ?? 0);
  const to = from + (maxResults || 100);
  return { items: all.slice(from, to), ...(to < all.length ? { nextToken: String(to) } : {}) };
}
