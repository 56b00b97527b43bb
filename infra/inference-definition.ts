/**
 * The inference workflow: Plan has the query of the job run first if it has one (Stage), and writes the list of partitions to S3, a Distributed Map runs one function for each, Commit
 * makes the parts visible. It is started by a person with an InferenceState, or by an event as EventBridge passes it;
 * Plan takes both. A failed Map goes on to Commit too, which knows from S3 what is missing and why (core/inference/state.ts):
 * the error that the Map itself reports says no more than that too many of its items failed. Plan and Commit are not caught:
 * an execution that is redriven goes on in the state that failed, and a Fail state only fails again. Commit, when it is redriven,
 * sends the execution back to the Map (flows/inference/next-round.ts), where a partition that is committed is not predicted again.
 *
 * Where hosts predict, they stand in the place of the Map: Hosts looks after them and comes back to itself until the work is
 * over or fails, Release gives all of them back, whatever happened, and Commit finds out as after a Map.
 *
 *     Plan → Planned ─┬─► Partitions ─────────────────────┬─► Commit → Settled ─► Committed
 *              ▲      └─► Hosts → Tended → Release ────────┘               │
 *              │            └── Pause ◄┘                                   │
 *              └────────────────────── a redriven execution ◄──────────────┘
 */
import {
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JsonPath,
  S3JsonItemReader,
  StateMachineType,
  Succeed,
  TaskInput,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { DataBucket } from './data-bucket.ts';
import type { LockstepFunction } from './lockstep-function.ts';
import { CUT_OFF, invoke } from './states.ts';

export interface InferenceFunctions {
  readonly stage: LockstepFunction;
  readonly plan: LockstepFunction;
  readonly infer: LockstepFunction;
  readonly commit: LockstepFunction;
  readonly tend: LockstepFunction;
  readonly release: LockstepFunction;
}

/** How a partition ends that no attempt came to the end of. */
const LOST = [...CUT_OFF, 'LS_PARTITION_TIMEOUT'];

/** A partition gets three attempts, so that one slow or broken environment does not cost the run. */
const PARTITION_RETRIES = 2;

export function inferenceDefinition(scope: Construct, functions: InferenceFunctions, data: DataBucket): IChainable {
  const payload = TaskInput.fromObject({
    input: JsonPath.objectAt('$'),
    execution: JsonPath.stringAt('$$.Execution.Id'),
  });
  const plan = invoke(scope, 'Plan', { function: functions.plan, payload });
  const stage = invoke(scope, 'Stage', { function: functions.stage, payload });
  const commit = invoke(scope, 'Commit', { function: functions.commit });

  const map = partitions(scope, functions.infer, data);
  map.addCatch(commit, { errors: ['States.ALL'], resultPath: '$.error' });
  const planned = new Choice(scope, 'Planned', { comment: 'An event that starts no run has no plan' })
    .when(Condition.isPresent('$.compute'), hosts(scope, functions, commit))
    .when(Condition.isPresent('$.planUri'), map)
    .when(Condition.isPresent('$.staging'), stagedFirst(scope, stage, plan))
    .otherwise(new Succeed(scope, 'Ignored'));
  const settled = new Choice(scope, 'Settled', { comment: 'A redriven execution goes over what is left' })
    .when(Condition.isPresent('$.manifestUri'), new Succeed(scope, 'Committed'))
    .otherwise(planned);
  map.next(commit);
  commit.next(settled);
  return plan.next(planned);
}

/** A query is run, and looked at from time to time; Plan is entered again once its rows are there. */
function stagedFirst(scope: Construct, stage: LambdaInvoke, plan: IChainable): IChainable {
  const pause = new Wait(scope, 'StagePause', { time: WaitTime.secondsPath('$.staging.waitS') });
  const staged = new Choice(scope, 'Staged', { comment: 'Without staging, all rows of the query are there' })
    .when(Condition.isPresent('$.staging'), pause)
    .otherwise(plan);
  return pause.next(stage).next(staged);
}

/** Whatever happens to the hosts or to their release, Commit is next; a host that is not released is the sweep's. */
function hosts(scope: Construct, { tend, release: releaseCrew }: InferenceFunctions, commit: IChainable): IChainable {
  const release = invoke(scope, 'Release', { function: releaseCrew, retryOn: ['LS_TEARDOWN_FAILED'], maxRetries: 6 });
  release.addCatch(commit, { errors: ['States.ALL'], resultPath: '$.notReleased' });
  release.next(commit);
  const hosts = invoke(scope, 'Hosts', { function: tend });
  hosts.addCatch(release, { errors: ['States.ALL'], resultPath: '$.error' });
  const pause = new Wait(scope, 'Pause', { time: WaitTime.secondsPath('$.waitS') }).next(hosts);
  const tended = new Choice(scope, 'Tended', { comment: 'Looked at again until their work is over' })
    .when(Condition.numberGreaterThan('$.waitS', 0), pause)
    .otherwise(release);
  return hosts.next(tended);
}

function partitions(scope: Construct, inferPartition: LockstepFunction, data: DataBucket): DistributedMap {
  const map = new DistributedMap(scope, 'Partitions', {
    itemReader: new S3JsonItemReader({
      bucket: data.bucket,
      key: JsonPath.stringAt('$.itemsKey'),
    }),
    itemSelector: {
      runId: JsonPath.stringAt('$.runId'),
      planUri: JsonPath.stringAt('$.planUri'),
      partition: JsonPath.numberAt('$$.Map.Item.Value.partition'),
      round: JsonPath.stringAt('$.round'),
    },
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrencyPath: '$.maxConcurrency',
    // The results are in S3; what the Map collects by itself counts against the limit of a state before it is dropped.
    resultPath: JsonPath.DISCARD,
  });
  const infer = invoke(scope, 'Infer', {
    function: inferPartition,
    maxRetries: PARTITION_RETRIES,
    discardResult: true,
  });
  // One that is lost ends no other: Commit splits it, and the Map goes over its pieces.
  infer.addCatch(new Succeed(scope, 'Lost'), { errors: [...LOST], resultPath: JsonPath.DISCARD });
  map.itemProcessor(infer.next(new Succeed(scope, 'Predicted')));
  return map;
}
