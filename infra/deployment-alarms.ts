import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarm,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { deploymentMetric } from './deployment-metrics.ts';
import type { EventTrigger } from './event-trigger.ts';
import { allowService } from './key-grants.ts';
import type { TrainingWorkflow } from './training-workflow.ts';

export interface DeploymentAlarmsProps {
  readonly deployment: Deployment;
  readonly training: TrainingWorkflow;
  readonly trigger: EventTrigger;
  /**
   * Who is told when an alarm goes off, and when it is over.
   * @default - nobody: alarms are seen in CloudWatch
   */
  readonly topic?: ITopic;
  /**
   * Longest time that a gang may wait for hosts before somebody is to look.
   * @default - none: a job's own `limits.maxQueueS` ends the wait
   */
  readonly longestWait?: Duration;
}

interface Watched {
  readonly metric: Metric;
  /** What is wrong, and what to do about it. */
  readonly description: string;
  readonly threshold: number;
  /** Periods of the metric that must be so without a break. @default 1 */
  readonly periods?: number;
  /** @default false - too much is wrong, and nothing is not */
  readonly isTooLittle?: boolean;
}

/**
 * One alarm for each thing that costs money or loses events without anybody noticing: hosts that no run answers for, a
 * sweep that does not run, teardown that fails, functions and events that were given up.
 */
export class DeploymentAlarms extends Construct {
  readonly alarms: readonly IAlarm[];
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: DeploymentAlarmsProps) {
    super(scope, id);
    this.topic = props.topic;
    allowService(this, props.topic?.masterKey, 'cloudwatch');
    this.alarms = Object.entries(watched(props)).map(([name, one]) => this.alarm(name, one));
  }

  private alarm(name: string, { metric, description, threshold, periods = 1, isTooLittle = false }: Watched): IAlarm {
    const { LESS_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = ComparisonOperator;
    const alarm = new Alarm(this, name, {
      ...{ metric, threshold, evaluationPeriods: periods, alarmDescription: description },
      comparisonOperator: isTooLittle ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: isTooLittle ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (this.topic !== undefined) {
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
    }
    return alarm;
  }
}

function watched({ deployment, training, trigger, longestWait }: DeploymentAlarmsProps): Record<string, Watched> {
  const own = (name: Parameters<typeof deploymentMetric>[1], statistic: string) =>
    deploymentMetric(deployment.name, name, statistic);
  const { watch, functions } = training;
  return {
    // The least of five sweeps: a host that the sweep has just found, and ends, is no alarm.
    HostsWithoutRun: {
      metric: own(METRICS.hostsWithoutRun, Stats.MINIMUM),
      description:
        'Hosts are paid for that no run answers for, and the sweep has not been able to end them for ten minutes. ' +
        'Look into the log of sweep-gangs, and terminate the instances with the tag lockstep:deployment by hand.',
      ...{ threshold: 1, periods: 2 },
    },
    SweepMissing: {
      metric: own(METRICS.sweeps, Stats.SUM),
      description:
        'No sweep has come to its end for ten minutes: nobody ends hosts whose run was lost. Look into the log of sweep-gangs.',
      ...{ threshold: 1, periods: 2, isTooLittle: true },
    },
    GangNotSwept: {
      metric: own(METRICS.gangsNotSwept, Stats.MINIMUM),
      description: 'The sweep cannot look at a gang, or not release it. The log of sweep-gangs names it.',
      ...{ threshold: 1, periods: 2 },
    },
    ReleaseFails: {
      metric: functions.release.function.metricErrors({ period: Duration.minutes(30) }),
      description:
        'Hosts of runs that ended were not confirmed as terminated, time after time. The log of release-hosts names them.',
      threshold: 3,
    },
    WatchDeadLetters: {
      metric: deadLetters(watch.deadLetters),
      description:
        'An event of a host or of an execution, or a call of the sweep, was given up. The sweep makes good what it was for; ' +
        'the message says what failed.',
      threshold: 1,
    },
    InboxDeadLetters: {
      metric: deadLetters(trigger.deadLetters),
      description: 'A file was put into the inbox, and the run for it could not be started: put it there again.',
      threshold: 1,
    },
    HostEventsLate: {
      metric: watch.hostEventQueue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      description: 'What EC2 says of hosts waits for minutes to be acted on. Look into the log of host-events.',
      threshold: 300,
    },
    ...(longestWait && {
      GangWaits: {
        metric: own(METRICS.longestWaitS, Stats.MAXIMUM),
        description:
          'A gang has waited long for its hosts: there may be no capacity, or no quota, for what it asks for.',
        threshold: longestWait.toSeconds(),
      },
    }),
  };
}

const deadLetters = (queue: IQueue): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM });
