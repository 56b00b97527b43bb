import { METRICS_NAMESPACE } from '#core/names.ts';
import type { Clock, MetricSink } from '#core/system/ports.ts';

export interface LogMetricsOptions {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** The one dimension: which deployment the values are of. */
  readonly deployment: string;
  /** Takes one line with its end. @default standard output, which CloudWatch reads of a function */
  readonly write?: (line: string) => void;
}

/** Metrics as lines of the log in CloudWatch's embedded metric format: they need no request, no client and no right. */
export function logMetrics({
  clock,
  deployment,
  write = (line) => void process.stdout.write(line),
}: LogMetricsOptions): MetricSink {
  return {
    put(values) {
      const Metrics = Object.keys(values).map((Name) => ({ Name }));
      const CloudWatchMetrics = [{ Namespace: METRICS_NAMESPACE, Dimensions: [['Deployment']], Metrics }];
      const line = { _aws: { Timestamp: clock.wallMs(), CloudWatchMetrics }, Deployment: deployment, ...values };
      write(`${JSON.stringify(line)}\n`);
    },
  };
}
