import { Duration, Size } from 'aws-cdk-lib';
import { type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import type { GangWatch } from './gang-watch.ts';
import type { GpuFleet } from './gpu-fleet.ts';
import { type InferenceFunctions, inferenceDefinition } from './inference-definition.ts';
import { grantKey } from './key-grants.ts';
import { LockstepFunction } from './lockstep-function.ts';
import { grantDescribe } from './run-grants.ts';
import { RunWorkflow } from './run-workflow.ts';
import { Warehouse } from './warehouse.ts';

export interface InferenceWorkflowProps {
  readonly deployment: Deployment;
  /** Where hosts come from for jobs of `compute: hosts`; it costs nothing while no job asks for any. */
  readonly fleet: GpuFleet;
  /** What looks after hosts from outside of executions, these included: that of the training workflow. */
  readonly watch: GangWatch;
  /**
   * Buckets beside the deployment's own that inputs and models may be read from.
   * @default - none
   */
  readonly sources?: readonly IBucket[];
  /**
   * Memory of the function that runs the model. Lambda gives processors in proportion; 1769 MiB is one.
   * @default 3538 - two processors
   */
  readonly memoryMiB?: number;
  /**
   * Where the queries of `input.sql` run.
   * @default - a workgroup of its own, `<deployment>-infer`
   */
  readonly warehouse?: Warehouse;
}

/** Models are kept in /tmp for as long as an environment lives, and several may come by. */
const MODEL_DISK = Size.gibibytes(4);

/** Arrow files in, a model over their record batches, one committed manifest of predictions out. */
export class InferenceWorkflow extends RunWorkflow {
  readonly stateMachine: StateMachine;
  readonly functions: InferenceFunctions;
  readonly warehouse: Warehouse;

  constructor(scope: Construct, id: string, props: InferenceWorkflowProps) {
    super(scope, id, props.deployment);
    const { deployment, warehouse = new Warehouse(this, 'Warehouse', { deployment, use: 'infer' }) } = props;
    this.warehouse = warehouse;
    const functions = this.newFunctions(props);
    this.functions = functions;
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(inferenceDefinition(this, functions, deployment.data)),
      comment: 'Lockstep: predict over Arrow partitions',
      timeout: Duration.days(7),
    });
    this.grantPorts(functions, props);
    this.grantHosts(functions, props);
  }

  /** Runs that ended without a committed manifest. */
  metricFailed(): IMetric {
    return this.stateMachine.metricFailed();
  }

  /** Partitions that were predicted, repetitions included. */
  metricPartitions(): IMetric {
    return this.functions.infer.function.metricInvocations({ statistic: Stats.SUM });
  }

  /** Milliseconds that a partition took, the slowest of a hundred. */
  metricPartitionDuration(): IMetric {
    return this.functions.infer.function.metricDuration({ statistic: Stats.p(99) });
  }

  private newFunctions({ deployment, fleet, memoryMiB = 3538 }: InferenceWorkflowProps): InferenceFunctions {
    return {
      stage: new LockstepFunction(this, 'StageInput', {
        deployment,
        name: 'stage-input',
        environment: { [ENV.warehouse]: this.warehouse.workgroup.name },
      }),
      // A launch of hundreds of hosts answers slowly, and must not be cut off between the call and its record.
      tend: new LockstepFunction(this, 'TendHosts', {
        deployment,
        name: 'tend-hosts',
        timeout: Duration.minutes(5),
        environment: fleet.launchEnvironment,
      }),
      release: new LockstepFunction(this, 'ReleaseCrew', {
        deployment,
        name: 'release-crew',
        timeout: Duration.minutes(5),
      }),
      // Reads footers and probes the model, which is loaded for that.
      plan: new LockstepFunction(this, 'PlanInference', {
        deployment,
        name: 'plan-inference',
        memoryMiB: 1769,
        disk: MODEL_DISK,
        timeout: Duration.minutes(5),
      }),
      infer: new LockstepFunction(this, 'InferPartition', {
        deployment,
        name: 'infer-partition',
        memoryMiB,
        disk: MODEL_DISK,
        timeout: Duration.minutes(15),
      }),
      commit: new LockstepFunction(this, 'CommitInference', {
        deployment,
        name: 'commit-inference',
        memoryMiB: 512,
        timeout: Duration.minutes(5),
      }),
    };
  }

  private grantPorts(functions: InferenceFunctions, { sources = [] }: InferenceWorkflowProps): void {
    const { stage, plan, infer, commit } = functions;
    const { table, data } = this.deployment;
    data.grant(stage, { read: ['runs/*', 'data/*'], write: ['runs/*'] });
    this.warehouse.grantQuery(stage);
    data.grant(plan, { read: ['runs/*', 'data/*', 'inbox/*', 'jobs/*', 'models/*'], write: ['runs/*'] });
    table.grant(plan, 'PutItem');
    data.grant(infer, {
      ...{ read: ['runs/*', 'data/*', 'inbox/*', 'models/*'], write: ['runs/*'] },
      // Parts that are large are sent while they are made.
      upload: ['runs/*'],
    });
    data.grant(commit, { read: ['runs/*'], write: ['runs/*'] });
    // The Distributed Map reads the list of partitions with the rights of the workflow.
    grantKey(data.bucket.encryptionKey, this.stateMachine, 'readObjects');
    for (const bucket of sources) {
      bucket.grantRead(stage);
      bucket.grantRead(plan);
      bucket.grantRead(infer);
    }
  }

  /** One line a function and port, as above, for what concerns hosts. */
  private grantHosts({ tend, release }: InferenceFunctions, props: InferenceWorkflowProps): void {
    const { fleet, watch, sources = [] } = props;
    const { table, data } = this.deployment;
    data.grant(tend, { read: ['runs/*'], write: ['runs/*'] });
    table.grant(tend, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    fleet.grantLaunch(tend);
    fleet.grantRelease(tend);
    table.grant(release, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    fleet.grantRelease(release);
    for (const bucket of sources) fleet.grantReadBucket(bucket);
    const { stateMachine } = this;
    watch.releaseAfterEnd('InferenceEnded', { stateMachine, release });
    grantDescribe(this, { stateMachine, to: watch.sweep });
  }
}
