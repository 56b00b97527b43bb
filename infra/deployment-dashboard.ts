import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { deploymentMetric } from './deployment-metrics.ts';
import type { InferenceWorkflow } from './inference-workflow.ts';
import type { StreamInference } from './stream-inference.ts';
import type { TrainingWorkflow } from './training-workflow.ts';

export interface DeploymentDashboardProps {
  readonly deployment: Deployment;
  readonly training: TrainingWorkflow;
  readonly inference: InferenceWorkflow;
  /** @default - none */
  readonly streams?: readonly StreamInference[];
  /** Shown at the top. */
  readonly alarms: readonly IAlarm[];
}

const HALF = 12;

/** What an operator wants to see of one deployment, on one page of CloudWatch. */
export class DeploymentDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: DeploymentDashboardProps) {
    super(scope, id);
    const { deployment, training, inference, streams = [], alarms } = props;
    const own = (name: Parameters<typeof deploymentMetric>[1]) => deploymentMetric(deployment.name, name);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: HALF, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
    const functions = [...Object.values(training.functions), ...Object.values(inference.functions)];
    const each = { statistic: Stats.SUM };
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: deployment.name });
    this.dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * HALF }));
    this.dashboard.addWidgets(
      graph('Hosts', [own(METRICS.hosts), own(METRICS.hostsWithoutRun)]),
      graph('Gangs, and the longest wait', [own(METRICS.gangs)], [own(METRICS.longestWaitS)]),
    );
    this.dashboard.addWidgets(
      ...[training, inference].map(({ stateMachine }) =>
        graph(`Runs of ${stateMachine.node.scope?.node.id}`, [
          stateMachine.metricStarted(each),
          stateMachine.metricSucceeded(each),
          stateMachine.metricFailed(each),
          stateMachine.metricAborted(each),
        ]),
      ),
    );
    this.dashboard.addWidgets(
      graph(
        'Partitions, and milliseconds for one',
        [inference.metricPartitions()],
        [inference.metricPartitionDuration()],
      ),
      graph(
        'Functions that failed, and that had to wait for a place',
        functions.map((one) => one.function.metricErrors(each)),
        functions.map((one) => one.function.metricThrottles(each)),
      ),
    );
    for (const stream of streams) {
      this.dashboard.addWidgets(
        graph(`Stream ${stream.streamName}: age of the oldest record`, [stream.metricAge()]),
        graph(
          `Stream ${stream.streamName}: batches, and those that failed as a whole`,
          [stream.metricBatches()],
          [stream.function.function.metricErrors(each)],
        ),
      );
    }
  }
}
