/** Step Functions over functions that are plain functions of the test, reached through the genuine SDK. */
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
import { functionArn, machineArn } from './arns.ts';
import { createMachines } from './deployed-machines.ts';
import { ENDPOINT, localConfig } from './endpoints.ts';
import { createFunctions } from './functions.ts';
import { startRelay, type TestFunction } from './relay.ts';

export { functionArn, machineArn } from './arns.ts';

type Machines = Readonly<Record<string, unknown>>;
export type Functions = Readonly<Record<string, TestFunction>>;

/** A Task that invokes a function with the state's input. */
export const invoke = (name: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionArn(name), 'Payload.$': '$' },
  OutputPath: '$.Payload',
  ...(rest.Next === undefined ? { End: true } : {}),
  ...rest,
});

/** The machines and functions in the cloud under test. */
export async function stepFunctionsRig(machines: Machines, functions: Functions = {}) {
  const under = await (ENDPOINT === undefined
    ? embedded(machines, functions)
    : deployed(ENDPOINT, machines, functions));
  const { client } = under;

  async function start(machine: string, input: unknown = {}, name?: string): Promise<string> {
    const request = { stateMachineArn: machineArn(machine), input: JSON.stringify(input), ...(name && { name }) };
    return (await client.send(new StartExecutionCommand(request))).executionArn as string;
  }
  async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
    const until = Date.now() + 15_000;
    while (Date.now() < until) {
      const described = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (described.status !== 'RUNNING') return described;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`${executionArn} did not end`);
  }
  return {
    client,
    start,
    ended,
    stop: under.stop,
    /** Runs to the end and gives the output; a failure is thrown as `<error>: <cause>`. */
    async run<T = unknown>(machine: string, input: unknown = {}): Promise<T> {
      const { status, output, error, cause } = await ended(await start(machine, input));
      if (status !== 'SUCCEEDED') throw new Error(`${error}: ${cause}`);
      return JSON.parse(output as string) as T;
    },
  };
}

async function deployed(url: string, machines: Machines, functions: Functions) {
  const relay = await startRelay(functions);
  const client = new SFNClient({ ...localConfig(url), maxAttempts: 1 });
  const removeFunctions = await createFunctions(url, relay.deployed);
  const removeMachines = await createMachines(client, machines);
  return {
    client,
    async stop() {
      await removeMachines();
      await removeFunctions();
      client.destroy();
      await relay.stop();
    },
  };
}

/** The embedded service, with what only it shows: the changes that it tells of and its journal. */
export async function embedded(machines: Machines, functions: Functions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-sfn-'));
  const changes: { readonly name: string; readonly status: string }[] = [];
  const lambda = async (nameOrArn: string, payload: string): Promise<Outcome> => {
    const handler = functions[nameOrArn.split(':').at(-1) ?? ''];
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
      lambda: { invoke: lambda, invokeAsync: lambda, prepare: () => {} },
      ...{ dynamodbUrl: '', sqsUrl: '', s3Url: '' },
      putEvents: () => ({ FailedEntryCount: 0, Entries: [] }),
    },
    journal: join(folder, 'executions.jsonl'),
    onChange: ({ start, status }: Execution) => void changes.push({ name: start.name, status }),
  });
  const client = new SFNClient({ ...localConfig(service.url), maxAttempts: 1 });
  return {
    client,
    changes,
    journal: () =>
      readFileSync(join(folder, 'executions.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    async stop() {
      client.destroy();
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
