import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { awsJson } from '../http/aws-json.ts';
import { listen } from '../http/listen.ts';
import { describe, stepFunctionsApi } from './api.ts';
import { parseDefinition } from './asl.ts';
import type { Execution } from './execution.ts';
import { Executions, type StartRequest } from './executions.ts';
import { callService, type Reach } from './integrations.ts';
import { readItems } from './read-items.ts';
import { TaskTokens } from './task-tokens.ts';

export interface StepFunctionsOptions {
  readonly machines: readonly { readonly arn: string; readonly definition: string }[];
  readonly reach: Omit<Reach, 'startExecution'> & { readonly s3Url: string };
  /** File that every start and end of an execution is appended to, one JSON document a line. */
  readonly journal: string;
  readonly port?: number;
  /** Hears of each start and each end of an execution. */
  onChange(execution: Execution): void;
}

export interface StepFunctionsService {
  readonly url: string;
  startExecution(request: StartRequest): Execution;
  /** Ends every execution and frees the port. */
  stop(): Promise<void>;
}

/** Starts the state machines of a stack and the Step Functions API over them. LS_USAGE for a definition it cannot run. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<StepFunctionsService> {
  const machines = options.machines.map(({ arn, definition }) => ({
    arn,
    text: definition,
    definition: parseDefinition(arn.split(':').at(-1) ?? arn, definition),
  }));
  const tokens = new TaskTokens();
  mkdirSync(dirname(options.journal), { recursive: true });
  const onChange = (execution: Execution) => {
    appendFileSync(options.journal, `${JSON.stringify(describe(execution))}\n`);
    options.onChange(execution);
  };
  const startExecution = (request: StartRequest) => executions.start(request);
  const reach: Reach = { ...options.reach, startExecution };
  const executions: Executions = new Executions(
    machines,
    {
      call: (call) => callService(call, reach),
      prepare: (nameOrArn) => reach.lambda.prepare(nameOrArn),
      openToken: () => tokens.open(),
      readItems: (bucket, key) => readItems(options.reach.s3Url, bucket, key),
    },
    onChange,
  );
  const api = await listen(awsJson(stepFunctionsApi(executions, tokens)), options.port ?? 0);
  return {
    url: api.url,
    startExecution,
    async stop() {
      await executions.stopAll();
      await api.close();
    },
  };
}
