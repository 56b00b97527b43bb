/** The few kinds of states that both workflows are made of, within the portable subset (docs/decisions, test/infra). */
import { Duration } from 'aws-cdk-lib';
import { Fail, type IChainable, JitterType, JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { LockstepFunction } from './lockstep-function.ts';

/** A function that was cut off: out of time, out of memory, or its process died. Once all were Lambda.Unknown. */
export const CUT_OFF = ['Sandbox.Timedout', 'Runtime.OutOfMemory', 'Runtime.ExitError', 'Lambda.Unknown'] as const;

/** Errors of the service and of the network. Every function is idempotent, so any of these may be tried again. */
const TRANSIENT = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  ...CUT_OFF,
  'LS_UNAVAILABLE',
];

/** The account runs as many functions as it may, ten where it is new: a matter of waiting, so it is waited for. */
const CROWDED = 'Lambda.TooManyRequestsException';

export interface InvokeProps {
  readonly function: LockstepFunction;
  /** Codes beside the transient ones that another try may cure. @default - none */
  readonly retryOn?: readonly string[];
  /** @default 4 */
  readonly maxRetries?: number;
  /** What the function is given. @default - the whole state */
  readonly payload?: TaskInput;
  /** @default false - the function's answer is the new state */
  readonly discardResult?: boolean;
}

/** A Task that hands the state to a function and takes what it returns as the new state. */
export function invoke(scope: Construct, id: string, props: InvokeProps): LambdaInvoke {
  const task = new LambdaInvoke(scope, id, {
    lambdaFunction: props.function.function,
    payload: props.payload ?? TaskInput.fromJsonPathAt('$'),
    outputPath: props.discardResult ? JsonPath.DISCARD : '$.Payload',
    retryOnServiceExceptions: false,
  });
  retry(task, props);
  return task;
}

/** Retries with back-off what is transient, for minutes where the account has no room for another function. */
export function retry(task: LambdaInvoke, props: Pick<InvokeProps, 'retryOn' | 'maxRetries'> = {}): void {
  task.addRetry({
    errors: [CROWDED],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxDelay: Duration.seconds(30),
    maxAttempts: 30,
    jitterStrategy: JitterType.FULL,
  });
  task.addRetry({
    errors: [...TRANSIENT, ...(props.retryOn ?? [])],
    interval: Duration.seconds(1),
    backoffRate: 2,
    maxAttempts: props.maxRetries ?? 4,
  });
}

/** Puts any error of the task at `$.error` and goes on with `next`. */
export function onError(task: LambdaInvoke, next: IChainable): void {
  task.addCatch(next, { errors: ['States.ALL'], resultPath: '$.error' });
}

/** Fails the execution with the error that a Catch has put at `$.error`: the stable code where a function threw it. */
export function failWithError(scope: Construct, id: string): Fail {
  return new Fail(scope, id, { errorPath: '$.error.Error', causePath: '$.error.Cause' });
}
