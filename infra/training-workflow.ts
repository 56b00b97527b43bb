import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ENV, METRICS } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { deploymentMetric } from './deployment-metrics.ts';
import { GangWatch } from './gang-watch.ts';
import type { GpuFleet } from './gpu-fleet.ts';
import { LockstepFunction, type LockstepFunctionProps } from './lockstep-function.ts';
import { grantDescribe } from './run-grants.ts';
import { RunWorkflow } from './run-workflow.ts';
import { type TrainingFunctions, trainingDefinition } from './training-definition.ts';
import { Warehouse } from './warehouse.ts';

export interface TrainingWorkflowProps {
  readonly deployment: Deployment;
  readonly fleet: GpuFleet;
  /**
   * Buckets beside the deployment's own that training data may be read from.
   * @default - none
   */
  readonly sources?: readonly IBucket[];
}

/**
 * Longer than any training run: the job's own `limits.maxDurationS` ends a run long before. Below 24 days, because
 * local engines hold it in one timer of 31 bits of milliseconds.
 */
const EXECUTION_TIMEOUT = Duration.days(21);

/** Data in, a gang of GPU hosts all at once or not at all, a committed model out, and no host left. */
export class TrainingWorkflow extends RunWorkflow {
  readonly stateMachine: StateMachine;
  readonly warehouse: Warehouse;
  /** What looks after gangs from outside of their executions. */
  readonly watch: GangWatch;
  readonly functions: TrainingFunctions;

  constructor(scope: Construct, id: string, props: TrainingWorkflowProps) {
    super(scope, id, props.deployment);
    this.warehouse = new Warehouse(this, 'Warehouse', { deployment: props.deployment });
    const functions = this.newFunctions(props.fleet);
    this.functions = functions;
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable(trainingDefinition(this, functions)),
      comment: 'Lockstep: train with a gang of GPU hosts',
      timeout: EXECUTION_TIMEOUT,
    });
    this.watch = new GangWatch(this, 'Watch', {
      deployment: props.deployment,
      fleet: props.fleet,
      stateMachine: this.stateMachine,
      release: functions.release,
    });
    this.grantPorts(functions, props);
    const { watch } = this;
    grantDescribe(this, { stateMachine: this.stateMachine, to: watch.sweep });
    this.grantTaskTokens({
      SendTaskSuccess: [functions.await, watch.sweep, watch.hostEvents, props.fleet],
      SendTaskHeartbeat: [watch.sweep, props.fleet],
    });
  }

  /** Runs that ended without a result. */
  metricFailed(): IMetric {
    return this.stateMachine.metricFailed();
  }

  /** Seconds that the gang has waited for hosts which waits longest. */
  metricQueueWait(): IMetric {
    return deploymentMetric(this.deployment.name, METRICS.longestWaitS);
  }

  /** Hosts that do not end by themselves, those of live runs and others. */
  metricHosts(): IMetric {
    return deploymentMetric(this.deployment.name, METRICS.hosts);
  }

  /** Hosts that no live run answers for. */
  metricHostsWithoutRun(): IMetric {
    return deploymentMetric(this.deployment.name, METRICS.hostsWithoutRun);
  }

  private newFunctions(fleet: GpuFleet): TrainingFunctions {
    const { deployment } = this;
    const make = (id: string, props: Omit<LockstepFunctionProps, 'deployment'>) =>
      new LockstepFunction(this, id, { deployment, ...props });
    return {
      validate: make('ValidateJob', { name: 'validate-job' }),
      stage: make('StageData', {
        name: 'stage-data',
        // Reads the footer of every object of the data.
        timeout: Duration.minutes(10),
        memoryMiB: 1024,
        environment: { [ENV.warehouse]: this.warehouse.workgroup.name },
      }),
      admit: make('AdmitGang', { name: 'admit-gang' }),
      // A launch of hundreds of hosts answers slowly, and must not be cut off between the call and its record.
      acquire: make('AcquireHosts', {
        name: 'acquire-hosts',
        timeout: Duration.minutes(5),
        environment: fleet.launchEnvironment,
      }),
      await: make('AwaitGang', { name: 'await-gang' }),
      decide: make('DecideGang', { name: 'decide-gang', timeout: Duration.minutes(2) }),
      // Hashes the result files as they stream by.
      publish: make('PublishResult', { name: 'publish-result', memoryMiB: 1024, timeout: Duration.minutes(10) }),
      release: make('ReleaseHosts', { name: 'release-hosts', timeout: Duration.minutes(5) }),
    };
  }

  /** One line a function and port: what it may do follows from the ports that it uses. */
  private grantPorts(functions: TrainingFunctions, { fleet, sources = [] }: TrainingWorkflowProps): void {
    const { table, data } = this.deployment;
    data.grant(functions.validate, { read: ['runs/*'], write: ['runs/*'] });
    table.grant(functions.validate, 'GetItem', 'PutItem');

    data.grant(functions.stage, { read: ['runs/*', 'data/*'], write: ['runs/*'] });
    for (const bucket of sources) {
      bucket.grantRead(functions.stage);
      fleet.grantReadBucket(bucket);
    }
    this.warehouse.grantQuery(functions.stage);

    data.grant(functions.admit, { read: ['runs/*'] });
    table.grant(functions.admit, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');

    data.grant(functions.acquire, { read: ['runs/*'] });
    table.grant(functions.acquire, 'GetItem', 'PutItem', 'UpdateItem', 'Query');
    fleet.grantLaunch(functions.acquire);
    fleet.grantRelease(functions.acquire);

    table.grant(functions.await, 'GetItem', 'PutItem', 'UpdateItem', 'Query');

    data.grant(functions.decide, { read: ['runs/*'] });
    table.grant(functions.decide, 'GetItem', 'PutItem', 'UpdateItem', 'Query');
    fleet.grantRelease(functions.decide);

    data.grant(functions.publish, { read: ['runs/*', 'models/*'], write: ['runs/*', 'models/*'] });
    table.grant(functions.publish, 'GetItem');

    table.grant(functions.release, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    fleet.grantRelease(functions.release);
  }

  /**
   * Whoever commits the end of an attempt answers the token of the Run state. A policy apart from the roles' own: the
   * state machine depends on the functions, so the functions cannot depend on the state machine.
   */
  private grantTaskTokens(
    callbacks: Readonly<Record<'SendTaskSuccess' | 'SendTaskHeartbeat', readonly HasRole[]>>,
  ): void {
    for (const [action, grantees] of Object.entries(callbacks)) {
      new Policy(this, action, {
        roles: grantees.map(({ role }) => role),
        statements: [
          new PolicyStatement({ actions: [`states:${action}`], resources: [this.stateMachine.stateMachineArn] }),
        ],
      });
    }
  }
}

interface HasRole {
  readonly role: Role;
}
