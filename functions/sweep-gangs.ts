import { type SweepPorts, sweepGang } from '#adapters/gang-sweep.ts';
import type { Log } from '#core/ports.ts';
import { runtime } from './runtime.ts';

/** Every minute: looks at every gang from outside. One gang that cannot be looked at does not keep the others waiting. */
export async function sweepGangs(ports: SweepPorts & { readonly log: Log }): Promise<void> {
  for (const entry of await ports.queue.list()) {
    try {
      await sweepGang(ports, entry);
    } catch (error) {
      ports.log.error('sweep of a gang failed', { runId: entry.runId, error: String(error) });
    }
  }
}

export const handler = () => sweepGangs(runtime);
