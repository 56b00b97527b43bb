import { METRICS } from '#core/names.ts';
import type { MetricSink } from '#core/system/ports.ts';
import type { SweepPorts } from '#flows/gang/gang-sweep.ts';
import { sweepDeployment } from '#flows/gang/sweep-deployment.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Every minute: looks at every gang from outside, and then at every host; and says what it saw, which the alarms are on. */
export async function sweepGangs(ports: SweepPorts & { readonly metrics: MetricSink }): Promise<void> {
  const { hosts, hostsWithoutRun, gangs, longestWaitS, gangsNotSwept } = await sweepDeployment(ports);
  ports.metrics.put({
    [METRICS.sweeps]: 1,
    [METRICS.hosts]: hosts,
    [METRICS.hostsWithoutRun]: hostsWithoutRun,
    [METRICS.gangs]: gangs,
    [METRICS.longestWaitS]: longestWaitS,
    [METRICS.gangsNotSwept]: gangsNotSwept,
  });
}

export const handler = () => sweepGangs(fleetRuntime);
