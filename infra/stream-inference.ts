import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarm,
  type IMetric,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue, QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV, METRICS_NAMESPACE, OBJECTS, STREAM_LOG } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { eventQueue } from './event-queue.ts';
import { LockstepFunction } from './lockstep-function.ts';

export interface StreamInferenceProps {
  readonly deployment: Deployment;
  /** Name of the stream: `lockstep stream JOB.yaml --stack NAME` installs the job of that name. */
  readonly streamName: string;
  /**
   * Where records come from.
   * @default - a queue: what is put below `streams/<name>/arrivals/` of the data bucket, and whatever anybody sends to it
   */
  readonly source?: IStream;
  /**
   * Whether the queue is a FIFO queue, whose groups are answered in their order. S3 cannot write to one.
   * @default false
   */
  readonly fifo?: boolean;
  /**
   * Buckets beside the deployment's own that records may name objects of.
   * @default - none
   */
  readonly sources?: readonly IBucket[];
  /** Memory of the function. @default 1769 - one processor */
  readonly memoryMiB?: number;
  /** Longest time for what is handed over at once. @default 1 minute */
  readonly timeout?: Duration;
  /** Most messages or records that are handed over at once. @default 10 of a queue, 100 of a shard */
  readonly batchSize?: number;
  /** How long records wait for others, so that the model is called for many together. @default none */
  readonly maxBatchingWindow?: Duration;
  /** How many batches of a queue are answered at once. @default - as many as Lambda likes */
  readonly maxConcurrency?: number;
  /** Age of the oldest record from which on an alarm goes off. @default 5 minutes */
  readonly oldest?: Duration;
  /**
   * Who is told when an alarm goes off, and when it is over.
   * @default - nobody: alarms are seen in CloudWatch
   */
  readonly alarmTopic?: ITopic;
}

/** What goes to its dead letters unread: it ended the function, or ran out of time, each time. Records that fail are set aside before. */
const RECEIVES_MAX = 10;
/** A message that was handed over is hidden for so many times the time that the function has, as AWS advises. */
const HIDDEN_TIMES = 6;

/** Predicts records as they arrive, each once: a queue or a shard, a function, the alarms that say that it lags or loses. */
export class StreamInference extends Construct {
  readonly streamName: string;
  readonly function: LockstepFunction;
  /** Where records are sent to; undefined where they come from elsewhere. */
  readonly queue: Queue | undefined;
  /** Records that the function could not even fail. */
  readonly deadLetters: Queue;
  readonly alarms: readonly IAlarm[];
  private readonly props: StreamInferenceProps;

  constructor(scope: Construct, id: string, props: StreamInferenceProps) {
    super(scope, id);
    this.props = props;
    this.streamName = props.streamName;
    const { deployment, streamName, memoryMiB = 1769, timeout = Duration.minutes(1) } = props;
    this.function = new LockstepFunction(this, 'Answer', {
      ...{ deployment, name: 'answer-stream', memoryMiB, timeout },
      environment: { [ENV.stream]: streamName },
    });
    this.deadLetters = this.newQueue('DeadLetters');
    this.queue = props.source === undefined ? this.takeFromQueue(timeout) : undefined;
    if (props.source !== undefined) this.takeFromShards(props.source);
    this.grantPorts();
    this.alarms = this.watch();
  }

  /** Milliseconds or seconds that the oldest record has waited; of a shard since its arrival. */
  metricAge(): IMetric {
    return this.queue === undefined
      ? this.function.function.metric('IteratorAge', { statistic: Stats.MAXIMUM })
      : this.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM });
  }

  /** Batches that were handed over. */
  metricBatches(): IMetric {
    return this.function.function.metricInvocations({ statistic: Stats.SUM });
  }

  private newQueue(id: string, props: QueueProps = {}): Queue {
    const { deployment } = this.props;
    const fifo = this.isFifo && { fifo: true, contentBasedDeduplication: true };
    return eventQueue(this, id, { deployment, ...fifo, ...props });
  }

  private get isFifo(): boolean {
    return this.props.source === undefined && this.props.fifo === true;
  }

  private takeFromQueue(timeout: Duration): Queue {
    const { batchSize = 10, maxBatchingWindow, maxConcurrency } = this.props;
    const queue = this.newQueue('Records', {
      visibilityTimeout: Duration.seconds(HIDDEN_TIMES * timeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: RECEIVES_MAX },
    });
    this.function.function.addEventSource(
      new SqsEventSource(queue, {
        ...{ batchSize, reportBatchItemFailures: true },
        // FIFO queues have no window: what is there is handed over at once.
        ...(!this.isFifo && maxBatchingWindow !== undefined && { maxBatchingWindow }),
        ...(maxConcurrency !== undefined && { maxConcurrency }),
      }),
    );
    if (!this.isFifo) this.announceArrivals(queue);
    return queue;
  }

  /** Through a queue and not to the function itself: so they wait, come again, and are handed over together. */
  private announceArrivals(queue: Queue): void {
    const { deployment, streamName } = this.props;
    new Rule(this, 'Arrivals', {
      description: `Lockstep: objects that arrive for the stream ${streamName}`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [deployment.data.bucket.bucketName] },
          object: { key: [{ prefix: OBJECTS.streamArrivals(streamName) }] },
        },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetters })],
    });
  }

  /** One batch of a shard at a time: with more, nobody could keep the order of the shard. */
  private takeFromShards(source: IStream): void {
    const { batchSize = 100, maxBatchingWindow } = this.props;
    this.function.function.addEventSource(
      new KinesisEventSource(source, {
        ...{ batchSize, reportBatchItemFailures: true, parallelizationFactor: 1 },
        ...{ startingPosition: StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: RECEIVES_MAX },
        onFailure: new SqsDlq(this.deadLetters),
        ...(maxBatchingWindow !== undefined && { maxBatchingWindow }),
      }),
    );
  }

  private grantPorts(): void {
    const { deployment, streamName, sources = [] } = this.props;
    const own = OBJECTS.stream(streamName);
    const written = ['plans/*', 'parts/*', 'answers/*', 'dead/*'].map((key) => `${own}${key}`);
    deployment.data.grant(this.function, { read: [`${own}*`, 'models/*', 'data/*', 'runs/*'], write: written });
    deployment.table.grant(this.function, 'UpdateItem');
    for (const bucket of sources) bucket.grantRead(this.function);
  }

  private watch(): readonly IAlarm[] {
    const { streamName, oldest = Duration.minutes(5) } = this.props;
    const setAside = new MetricFilter(this, 'SetAside', {
      logGroup: this.function.logGroup,
      filterPattern: FilterPattern.stringValue('$.message', '=', STREAM_LOG.setAside),
      ...{ metricNamespace: METRICS_NAMESPACE, metricName: `DeadLetters-${Stack.of(this).stackName}-${streamName}` },
    });
    const age = oldest.toSeconds();
    return [
      this.alarm('RecordsLate', {
        metric: this.metricAge() as Metric,
        threshold: this.queue === undefined ? 1000 * age : age,
        description: `Records of the stream ${streamName} wait for more than ${age} s. Look into the log of its function.`,
      }),
      this.alarm('RecordsSetAside', {
        metric: setAside.metric({ statistic: Stats.SUM }),
        threshold: 1,
        description: `A record of the stream ${streamName} failed as often as it may. streams/${streamName}/dead/ has it, with its reason.`,
      }),
      this.alarm('RecordsLost', {
        metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
        threshold: 1,
        description: `A record of the stream ${streamName} ended its function each time, or found none. The queue of its dead letters has it.`,
      }),
    ];
  }

  private alarm(name: string, { metric, threshold, description }: Watched): IAlarm {
    const alarm = new Alarm(this, name, {
      ...{ metric, threshold, evaluationPeriods: 1, alarmDescription: description },
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const { alarmTopic } = this.props;
    if (alarmTopic !== undefined) {
      alarm.addAlarmAction(new SnsAction(alarmTopic));
      alarm.addOkAction(new SnsAction(alarmTopic));
    }
    return alarm;
  }
}

interface Watched {
  readonly metric: Metric;
  readonly threshold: number;
  /** What is wrong, and what to do about it. */
  readonly description: string;
}
