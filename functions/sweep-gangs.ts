import { type SweepPorts, sweepGang } from '#flows/gang/gang-sweep.ts';
import { type ReapPorts, reapHosts } from '#flows/gang/reap-hosts.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/**
 * Every minute: looks at every gang from outside, and then at every host. One gang that cannot be looked at does not
 * keep the others waiting.
 */
export async function sweepGangs(ports: SweepPorts & ReapPorts): Promise<void> {
  for (const entry of await ports.queue.list()) {
    try {
      await sweepGang(ports, entry);
    } catch (error) {
      ports.log.error('sweep of a gang failed', { runId: entry.runId, error: String(error) });
    }
  }
  await reapHosts(ports);
}

export const handler = () => sweepGangs(fleetRuntime);
