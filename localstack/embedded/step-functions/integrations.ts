import { AwsError } from '../http/aws-error.ts';
import { callAwsJson, ServiceError } from '../http/call-aws-json.ts';
import type { LambdaService } from '../lambda/lambda-service.ts';
import { describe } from './api.ts';
import type { Execution } from './execution.ts';
import type { StartRequest } from './executions.ts';
import type { TaskCall } from './run.ts';
import { runtimeFailure, StateFailure } from './state-failure.ts';

/** What Task states can reach. */
export interface Reach {
  readonly lambda: Pick<LambdaService, 'invoke' | 'invokeAsync' | 'prepare'>;
  readonly dynamodbUrl: string;
  readonly sqsUrl: string;
  putEvents(entries: readonly Record<string, unknown>[]): unknown;
  startExecution(request: StartRequest): Execution;
}

type Parameters = Readonly<Record<string, unknown>>;
type Integration = (call: TaskCall & { readonly parameters: Parameters }, reach: Reach) => Promise<unknown>;

/** Carries out a Task's resource. The failure has the error name that AWS gives it. */
export async function callService(call: TaskCall, reach: Reach): Promise<unknown> {
  if (/^arn:[\w-]+:lambda:/.test(call.resource)) return runFunction(call.resource, call.parameters, reach);
  const name = call.resource.split(':::')[1] ?? call.resource;
  const integration = INTEGRATIONS[name];
  if (integration === undefined) throw runtimeFailure(`the local cloud does not emulate the resource ${call.resource}`);
  return integration({ ...call, parameters: call.parameters as Parameters }, reach);
}

const dynamodb =
  (operation: string): Integration =>
  ({ parameters, signal }, { dynamodbUrl }) => {
    const target = `DynamoDB_20120810.${operation}`;
    return named('DynamoDB', () => callAwsJson({ url: dynamodbUrl, target, input: parameters, signal }));
  };

const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'lambda:invoke': async ({ parameters }, reach) => {
    const { FunctionName, Payload = {}, InvocationType } = parameters;
    if (InvocationType === 'Event') {
      void reach.lambda.invokeAsync(String(FunctionName), JSON.stringify(Payload)).catch(() => {});
      return { StatusCode: 202 };
    }
    const answer = await runFunction(String(FunctionName), Payload, reach);
    return { ExecutedVersion: '$LATEST', Payload: answer, StatusCode: 200 };
  },
  'dynamodb:putItem': dynamodb('PutItem'),
  'dynamodb:updateItem': dynamodb('UpdateItem'),
  'dynamodb:getItem': dynamodb('GetItem'),
  'dynamodb:deleteItem': dynamodb('DeleteItem'),
  'sqs:sendMessage': ({ parameters, signal }, { sqsUrl }) => {
    const input = { ...parameters, MessageBody: text(parameters.MessageBody) };
    return named('SQS', () => callAwsJson({ url: sqsUrl, target: 'AmazonSQS.SendMessage', input, signal }));
  },
  'events:putEvents': async ({ parameters }, reach) => {
    const entries = (parameters.Entries ?? []) as readonly Record<string, unknown>[];
    return reach.putEvents(entries.map((entry) => ({ ...entry, Detail: text(entry.Detail) })));
  },
  'states:startExecution': async ({ parameters }, reach) => {
    const { start, startedAtMs } = await startExecution(parameters, reach);
    return { ExecutionArn: start.arn, StartDate: startedAtMs };
  },
  'states:startExecution.sync:2': async ({ parameters, signal }, reach) => {
    const execution = await startExecution(parameters, reach);
    signal.addEventListener('abort', () => execution.stop());
    const { status, output } = await execution.ended;
    const { input, ...described } = describe(execution);
    const record = {
      ...described,
      input: JSON.parse(input),
      ...(output === undefined ? {} : { output: JSON.parse(output) }),
    };
    const result = Object.fromEntries(
      Object.entries(record).map(([key, value]) => [`${key[0]?.toUpperCase()}${key.slice(1)}`, value]),
    );
    if (status !== 'SUCCEEDED') throw new StateFailure('States.TaskFailed', JSON.stringify(result));
    return result;
  },
};

/** The function's own answer; a failure carries the function's errorType, so that a Catch can match what was thrown. */
async function runFunction(nameOrArn: string, payload: unknown, { lambda }: Reach): Promise<unknown> {
  const outcome = await named('Lambda', async () => lambda.invoke(nameOrArn, JSON.stringify(payload ?? {})));
  if (outcome.ok) return JSON.parse(outcome.payload);
  throw new StateFailure(outcome.failure.errorType || 'Lambda.Unknown', JSON.stringify(outcome.failure));
}

const startExecution = ({ StateMachineArn, Name, Input }: Parameters, reach: Reach) =>
  named('StepFunctions', async () =>
    reach.startExecution({
      stateMachineArn: String(StateMachineArn),
      ...(Name === undefined ? {} : { name: String(Name) }),
      input: text(Input ?? {}),
    }),
  );

/** Errors of a service become `<Service>.<Name>Exception`, as optimized integrations report them. */
async function named<T>(service: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError || error instanceof AwsError)) throw error;
    const suffix = /(Exception|Error)$/.test(error.name) ? '' : 'Exception';
    throw new StateFailure(`${service}.${error.name}${suffix}`, error.message);
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
