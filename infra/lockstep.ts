import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { OUTPUTS } from '#core/names.ts';
import { type Bundle, type CodeAsset, publishedBundle } from './code-assets.ts';
import { DataBucket } from './data-bucket.ts';
import type { Deployment } from './deployment.ts';
import { DeploymentAlarms } from './deployment-alarms.ts';
import { DeploymentDashboard } from './deployment-dashboard.ts';
import { EventTrigger } from './event-trigger.ts';
import type { GangNetworkProps } from './gang-network.ts';
import { GangTable } from './gang-table.ts';
import { GpuFleet, type TaskSecretsProps } from './gpu-fleet.ts';
import { InferenceWorkflow } from './inference-workflow.ts';
import { grantRunCancel, grantRunOperate, grantRunRead, grantRunStart, type RunWorkflows } from './run-grants.ts';
import { StreamInference, type StreamInferenceProps } from './stream-inference.ts';
import { TrainingWorkflow } from './training-workflow.ts';

export interface LockstepProps {
  /**
   * Name of the deployment: hosts are found by it, and metrics, the dashboard and the workgroup of queries have it.
   * @default - the name of the stack, followed by the id of this construct
   */
  readonly deploymentName?: string;
  /**
   * The code of functions and hosts.
   * @default - the code that this package was published with
   */
  readonly bundle?: Bundle;
  /**
   * A data bucket of one's own.
   * @default - a new one
   */
  readonly bucket?: IBucket;
  /**
   * A key of one's own, or its ARN, for everything that keeps something: table, bucket, queues, logs, results of queries, disks of hosts.
   * The policy of a key that this app does not own needs statements, which synthesis prints. A bucket of one's own has its own.
   * @default - keys of the services
   */
  readonly encryptionKey?: IKey | string;
  /**
   * The key for disks of hosts, or its ARN, see GpuFleetProps.
   * @default - `encryptionKey`, or else the account's default key for disks
   */
  readonly diskKey?: IKey | string;
  /**
   * ARN of the SNS topic that is told of alarms: hosts without a run, a sweep that does not run, events that were given up.
   * @default - nobody is told: alarms are seen in CloudWatch
   */
  readonly alarmTopicArn?: string;
  /**
   * Whether CloudWatch gets a page that shows the deployment. The first three of an account are free.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * Where hosts live.
   * @default - a new network without a way to the internet, see GangNetwork
   */
  readonly network?: GangNetworkProps;
  /**
   * SSM parameter that holds the id of the hosts' image: another one for P3 (an older driver) or for Trainium (Neuron).
   * @default - the newest Deep Learning Base image (NVIDIA driver, Amazon Linux 2023, x86_64)
   */
  readonly imageParameter?: string;
  /**
   * Parameters and secrets that tasks may name in `task.secrets`, see TaskSecretsProps.
   * @default - none
   */
  readonly secrets?: TaskSecretsProps;
  /**
   * Names of buckets beside it that training data, tables of the warehouse, inputs and models may be read from.
   * @default - none; what lies below `data/` in the data bucket can always be read
   */
  readonly sources?: readonly string[];
  /**
   * Names of streams, each with a queue and a function of its own, see StreamInference.
   * @default - none
   */
  readonly streams?: readonly string[];
}

/** CDK leaves this id out of the names of what is below. */
const OWN_STACK = 'Default';

/** One deployment: the table, the bucket, the fleet, the two workflows, the trigger between them, and who watches. */
export class Lockstep extends Construct {
  readonly deployment: Deployment;
  readonly fleet: GpuFleet;
  readonly training: TrainingWorkflow;
  readonly inference: InferenceWorkflow;
  readonly trigger: EventTrigger;
  readonly streams: readonly StreamInference[];

  constructor(
    scope: Construct,
    id: string,
    {
      deploymentName,
      bundle = publishedBundle(),
      bucket,
      encryptionKey,
      diskKey,
      sources: names = [],
      streams = [],
      alarmTopicArn,
      dashboard = true,
      network,
      imageParameter,
      secrets,
    }: LockstepProps = {},
  ) {
    super(scope, id);
    const key = encryptionKey !== undefined && { encryptionKey: this.keyOf('EncryptionKey', encryptionKey) };
    this.deployment = {
      name: deploymentName ?? [Stack.of(this).stackName, ...this.names].join('-'),
      table: new GangTable(this, 'Gangs', { ...key }),
      data: new DataBucket(this, 'Data', { ...key, ...(bucket && { bucket }) }),
      ...key,
      code: { control: lambdaCode(bundle.control), inference: lambdaCode(bundle.inference) },
    };
    const { deployment } = this;
    const sources = names.map((name) => Bucket.fromBucketName(this, `Source-${name}`, name));
    this.fleet = new GpuFleet(this, 'Fleet', {
      ...{ deployment, agent: bundle.agent },
      ...(diskKey !== undefined && { diskKey: this.keyOf('DiskKey', diskKey) }),
      ...(network && { network }),
      ...(imageParameter !== undefined && { imageParameter }),
      ...(secrets && { secrets }),
    });
    this.training = new TrainingWorkflow(this, 'Training', { deployment, fleet: this.fleet, sources });
    const { warehouse, watch } = this.training;
    this.inference = new InferenceWorkflow(this, 'Inference', {
      ...{ deployment, sources, warehouse, watch },
      fleet: this.fleet,
    });
    this.trigger = new EventTrigger(this, 'Inbox', { deployment, workflow: this.inference });
    const topic = alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
    this.streams = streams.map((name) => this.newStream(name, { sources, ...(topic && { alarmTopic: topic }) }));
    this.watch(topic, dashboard);
    this.writeOutputs();
  }

  /** Allows to start runs, and to write below `runs/` what a run reads. */
  grantStart(grantee: IGrantable): Grant {
    return grantRunStart(this.runs, grantee);
  }

  /** Allows to cancel runs, with the grace that their tasks have. */
  grantCancel(grantee: IGrantable): Grant {
    return grantRunCancel(this.runs, grantee);
  }

  /** Allows `status`, `logs`, `report`, `read` and what else only looks, and to change nothing. */
  grantRead(grantee: IGrantable): Grant {
    return grantRunRead(this.runs, grantee);
  }

  /** Allows to start, cancel, resume and read. */
  grantOperate(grantee: IGrantable): Grant {
    return grantRunOperate(this.runs, grantee);
  }

  private get runs(): RunWorkflows {
    const { deployment, training, inference } = this;
    return { deployment, stateMachines: [training.stateMachine, inference.stateMachine] };
  }

  private keyOf(id: string, key: IKey | string): IKey {
    return typeof key === 'string' ? Key.fromKeyArn(this, id, key) : key;
  }

  private newStream(streamName: string, props: Pick<StreamInferenceProps, 'sources' | 'alarmTopic'>): StreamInference {
    const { deployment } = this;
    const stream = new StreamInference(this, `Stream-${streamName}`, { deployment, streamName, ...props });
    const word = streamName.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
    if (stream.queue) this.output(`StreamQueue${word}`, stream.queue.queueUrl);
    return stream;
  }

  private watch(topic: ITopic | undefined, dashboard: boolean): void {
    const { deployment, training, inference, trigger, streams } = this;
    const own = new DeploymentAlarms(this, 'Alarms', { deployment, training, trigger, ...(topic && { topic }) });
    const alarms = [...own.alarms, ...streams.flatMap((stream) => stream.alarms)];
    if (dashboard) new DeploymentDashboard(this, 'Overview', { deployment, training, inference, streams, alarms });
  }

  /** What the command line and the local cloud find the deployment by: outputs with these names behind those of the constructs. */
  private writeOutputs(): void {
    const { deployment, training, inference } = this;
    const values: Readonly<Record<(typeof OUTPUTS)[number], string>> = {
      DeploymentName: deployment.name,
      BucketName: deployment.data.bucket.bucketName,
      TableName: deployment.table.table.tableName,
      TrainingWorkflowArn: training.stateMachine.stateMachineArn,
      InferenceWorkflowArn: inference.stateMachine.stateMachineArn,
    };
    for (const name of OUTPUTS) this.output(name, values[name]);
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId([...this.names, name].join(''));
  }

  /** The ids on the way from the stack to this construct, as far as they may be part of a name. */
  private get names(): readonly string[] {
    const ids = this.node.scopes.slice(Stack.of(this).node.scopes.length).map(({ node }) => node.id);
    return ids.filter((id) => id !== OWN_STACK).map((id) => id.replaceAll(/[^A-Za-z0-9]/g, ''));
  }
}

const lambdaCode = ({ path, hash }: CodeAsset): Code => Code.fromAsset(path, { assetHash: hash });
