import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDING_STATES } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { eventQueue } from './event-queue.ts';
import type { GpuFleet } from './gpu-fleet.ts';
import { LockstepFunction } from './lockstep-function.ts';

export interface GangWatchProps {
  readonly deployment: Deployment;
  readonly fleet: GpuFleet;
  /** The training workflow, whose runs are watched. */
  readonly stateMachine: StateMachine;
  /** Releases the hosts of a run that ended without its own Release state. */
  readonly release: LockstepFunction;
}

/**
 * What keeps gangs honest from outside: a sweep every minute (heartbeats, deadlines, hosts without a run), events of the
 * hosts, and the release of hosts after an execution that was aborted, timed out or failed, where no state runs any more.
 */
export class GangWatch extends Construct {
  readonly sweep: LockstepFunction;
  readonly hostEvents: LockstepFunction;
  /** What EC2 says of hosts, until host-events has acted on it. */
  readonly hostEventQueue: Queue;
  /** Events that could not be delivered or acted on, and calls of functions that failed for good. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: GangWatchProps) {
    super(scope, id);
    const { deployment, fleet } = props;
    this.sweep = new LockstepFunction(this, 'SweepGangs', {
      deployment,
      name: 'sweep-gangs',
      timeout: Duration.minutes(5),
    });
    this.hostEvents = new LockstepFunction(this, 'HostEvents', { deployment, name: 'host-events' });
    this.deadLetters = eventQueue(this, 'DeadLetters', { deployment });
    this.hostEventQueue = eventQueue(this, 'HostEventQueue', {
      deployment,
      visibilityTimeout: Duration.minutes(3),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    // A rule counts an event as delivered once the function is called: what becomes of the call is the function's own matter.
    const onFailure = new SqsDestination(this.deadLetters);
    // The next sweep does what a failed one did not; repeating it would only pile sweeps up.
    this.sweep.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1), onFailure });
    this.sweepEveryMinute();
    this.releaseAfterEnd('RunEnded', props);
    this.followHosts();

    deployment.data.grant(this.sweep, { read: ['runs/*'] });
    deployment.table.grant(this.sweep, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    fleet.grantRelease(this.sweep);
    deployment.table.grant(this.hostEvents, 'GetItem', 'UpdateItem');
  }

  private sweepEveryMinute(): void {
    new Rule(this, 'EveryMinute', {
      description: 'Lockstep: sweep gangs',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.sweep.function, { retryAttempts: 0 })],
    });
  }

  /** Calls a function after each execution that ended where no state of its own could release its hosts any more. */
  releaseAfterEnd(id: string, { stateMachine, release }: Pick<GangWatchProps, 'stateMachine' | 'release'>): void {
    const onFailure = new SqsDestination(this.deadLetters);
    release.function.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.hours(1), onFailure });
    new Rule(this, id, {
      description: 'Lockstep: release the hosts of a run that ended without its Release state',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['ABORTED', 'TIMED_OUT', 'FAILED'] },
      },
      targets: [new LambdaFunction(release.function, { deadLetterQueue: this.deadLetters, retryAttempts: 10 })],
    });
  }

  private followHosts(): void {
    new Rule(this, 'HostChanged', {
      description: 'Lockstep: hosts that stop or are about to be taken away',
      eventPattern: {
        source: ['aws.ec2'],
        detailType: ['EC2 Instance State-change Notification', 'EC2 Spot Instance Interruption Warning'],
        // A rule cannot ask for the tags of an instance; that one begins, and most events of an account do, is no news.
        detail: { state: [{ exists: false }, ...ENDING_STATES] },
      },
      targets: [new SqsQueue(this.hostEventQueue)],
    });
    this.hostEvents.function.addEventSource(
      new SqsEventSource(this.hostEventQueue, { batchSize: 10, reportBatchItemFailures: true }),
    );
  }
}
