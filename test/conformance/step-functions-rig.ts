/** The Step Functions service over functions that are plain functions of the test, reached through the genuine SDK. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Outcome } from '../../localstack/embedded/lambda/function-spec.ts';
import type { Execution } from '../../localstack/embedded/step-functions/execution.ts';
import { startStepFunctions } from '../../localstack/embedded/step-functions/start-step-functions.ts';

type TestFunction = (event: never) => unknown;

export interface RigOptions {
  readonly functions?: Readonly<Record<string, TestFunction>>;
  readonly s3Url?: string;
  readonly dynamodbUrl?: string;
  readonly sqsUrl?: string;
}

export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
export const machineArn = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;

/** A Task that invokes a function with the state's input. */
export const invoke = (name: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionArn(name), 'Payload.$': '$' },
  OutputPath: '$.Payload',
  ...(rest.Next === undefined ? { End: true } : {}),
  ...rest,
});

export async function stepFunctionsRig(machines: Readonly<Record<string, unknown>>, options: RigOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-sfn-'));
  const changes: { readonly name: string; readonly status: string }[] = [];
  const lambda = async (nameOrArn: string, payload: string): Promise<Outcome> => {
    const handler = options.functions?.[nameOrArn.split(':').at(-1) ?? ''];
    if (handler === undefined) throw new Error(`no function ${nameOrArn}`);
    try {
      return { ok: true, payload: JSON.stringify((await handler(JSON.parse(payload) as never)) ?? null) };
    } catch (thrown) {
      const { name, message } = thrown as Error;
      return { ok: false, failure: { errorType: name, errorMessage: message, trace: [] } };
    }
  };
  const service = await startStepFunctions({
    machines: Object.entries(machines).map(([name, definition]) => ({
      arn: machineArn(name),
      definition: JSON.stringify(definition),
    })),
    reach: {
      lambda: { invoke: lambda, invokeAsync: lambda },
      dynamodbUrl: options.dynamodbUrl ?? '',
      sqsUrl: options.sqsUrl ?? '',
      s3Url: options.s3Url ?? '',
      putEvents: () => ({ FailedEntryCount: 0, Entries: [] }),
    },
    journal: join(folder, 'executions.jsonl'),
    onChange: ({ start, status }: Execution) => void changes.push({ name: start.name, status }),
  });
  const client = new SFNClient({
    endpoint: service.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

  async function start(machine: string, input: unknown = {}, name?: string): Promise<string> {
    const request = { stateMachineArn: machineArn(machine), input: JSON.stringify(input), ...(name && { name }) };
    return (await client.send(new StartExecutionCommand(request))).executionArn as string;
  }
  async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
    for (let i = 0; i < 1000; i++) {
      const described = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (described.status !== 'RUNNING') return described;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${executionArn} did not end`);
  }
  return {
    client,
    changes,
    start,
    ended,
    journal: () =>
      readFileSync(join(folder, 'executions.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    /** Runs to the end and gives the output; a failure is thrown as `<error>: <cause>`. */
    async run<T = unknown>(machine: string, input: unknown = {}): Promise<T> {
      const { status, output, error, cause } = await ended(await start(machine, input));
      if (status !== 'SUCCEEDED') throw new Error(`${error}: ${cause}`);
      return JSON.parse(output as string) as T;
    },
    async stop() {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
