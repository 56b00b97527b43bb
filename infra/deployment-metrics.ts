import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type METRICS, METRICS_NAMESPACE } from '#core/names.ts';

type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** A metric that the sweep of a deployment puts once a minute, its greatest value in five minutes unless `statistic` says else. */
export function deploymentMetric(
  deployment: string,
  metricName: MetricName,
  statistic: string = Stats.MAXIMUM,
): Metric {
  return new Metric({
    ...{ namespace: METRICS_NAMESPACE, metricName, statistic, period: Duration.minutes(5) },
    dimensionsMap: { Deployment: deployment },
  });
}
