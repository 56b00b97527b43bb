/**
 * The training workflow. Every function takes the state of its own step (core/training/state.ts) and returns that of the
 * next; Route follows `next`, Pause waits `waitS` before that. Whatever happens, Release runs before the end:
 *
 *     Own → Validate ─┐
 *                     ▼
 *        ┌─► Route ─► Stage · Admit · Acquire · Run → Decide · Publish ─┐
 *        │     │                                                        │
 *        │     └────► Release ─► Succeeded | Refused | Broken           │
 *        └──────────────── Pause ◄──────────────────────────────────────┘
 */
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Pass,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { TrainingNext } from '#core/training/state.ts';
import type { LockstepFunction } from './lockstep-function.ts';
import { failWithError, invoke, onError, retry } from './states.ts';

export interface TrainingFunctions {
  readonly validate: LockstepFunction;
  readonly stage: LockstepFunction;
  readonly admit: LockstepFunction;
  readonly acquire: LockstepFunction;
  readonly await: LockstepFunction;
  readonly decide: LockstepFunction;
  readonly publish: LockstepFunction;
  readonly release: LockstepFunction;
}

export function trainingDefinition(scope: Construct, functions: TrainingFunctions): IChainable {
  const route = new Choice(scope, 'Route', { comment: 'Follows next, set by the function before' });
  const release = releaseAndEnd(scope, functions.release);
  const pace = pauseBefore(scope, route);

  const step = (id: string, lambda: LockstepFunction) => {
    const task = invoke(scope, id, { function: lambda });
    onError(task, release);
    task.next(pace);
    return task;
  };
  const validate = step('Validate', functions.validate);
  const decide = step('Decide', functions.decide);
  const run = runGang(scope, functions.await);
  // Its time is up, or nobody has kept it alive: Decide finds out which, and stops the gang.
  run.addCatch(decide, { errors: ['States.HeartbeatTimeout', 'States.Timeout'], resultPath: JsonPath.DISCARD });
  onError(run, release);
  run.next(decide);

  const steps: Record<TrainingNext, IChainable> = {
    stage: step('Stage', functions.stage),
    admit: step('Admit', functions.admit),
    acquire: step('Acquire', functions.acquire),
    run,
    decide,
    publish: step('Publish', functions.publish),
    release,
  };
  route.when(Condition.isPresent('$.failure'), release);
  for (const [next, state] of Object.entries(steps)) route.when(Condition.stringEquals('$.next', next), state);
  // No default: a `next` that nobody knows is a bug, fails the execution, and release-hosts runs by the rule for that.
  // A run belongs to the execution that created it, so each function is told whose it is, whatever the input says.
  const own = new Pass(scope, 'Own', {
    parameters: { id: JsonPath.stringAt('$$.Execution.Id') },
    resultPath: '$.execution',
  });
  return own.next(validate);
}

/** Waits for the task token that await-gang stores; whoever commits the end of the attempt sends it. */
function runGang(scope: Construct, awaitGang: LockstepFunction): LambdaInvoke {
  const run = new LambdaInvoke(scope, 'Run', {
    lambdaFunction: awaitGang.function,
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    // Which visit of the state the token is of: a call that comes late must not replace the token of a later one.
    payload: TaskInput.fromObject({
      ...{ state: JsonPath.entirePayload, token: JsonPath.taskToken },
      ...{ entered: JsonPath.stateEnteredTime, retry: JsonPath.numberAt('$$.State.RetryCount') },
    }),
    taskTimeout: Timeout.at('$.timeoutS'),
    heartbeatTimeout: Timeout.at('$.heartbeatS'),
    resultPath: '$.outcome',
    retryOnServiceExceptions: false,
  });
  retry(run);
  return run;
}

/** Waits `waitS` seconds if the last function asked for it. The next one says anew whether it does, so it counts once. */
function pauseBefore(scope: Construct, next: IChainable): Choice {
  const wait = new Wait(scope, 'Pause', { time: WaitTime.secondsPath('$.waitS') });
  return new Choice(scope, 'Pace', { comment: 'Waits waitS seconds first where a function asked for it' })
    .when(Condition.and(Condition.isPresent('$.waitS'), Condition.numberGreaterThan('$.waitS', 0)), wait.next(next))
    .otherwise(next);
}

/** One way out for every run: hosts are released, then the execution ends as the state says. */
function releaseAndEnd(scope: Construct, releaseHosts: LockstepFunction): IChainable {
  const release = invoke(scope, 'Release', { function: releaseHosts, retryOn: ['LS_TEARDOWN_FAILED'], maxRetries: 6 });
  const notReleased = new Fail(scope, 'NotReleased', {
    comment: 'Hosts may still run: sweep-gangs keeps terminating them',
    errorPath: '$.releaseError.Error',
    causePath: '$.releaseError.Cause',
  });
  release.addCatch(notReleased, { errors: ['States.ALL'], resultPath: '$.releaseError' });
  const ended = new Choice(scope, 'Ended', { comment: 'Lost for a reason, broken by an error, or done' })
    .when(
      Condition.isPresent('$.failure'),
      new Fail(scope, 'Refused', { errorPath: '$.failure.code', causePath: '$.failure.message' }),
    )
    .when(Condition.isPresent('$.error'), failWithError(scope, 'Broken'))
    .otherwise(new Succeed(scope, 'Succeeded'));
  return release.next(ended);
}
