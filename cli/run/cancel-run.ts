import { setTimeout as delay } from 'node:timers/promises';
import { systemIds } from '#adapters/system/ids.ts';
import { stop } from '#core/gang/stop.ts';
import type { Cloud } from '../cloud/cloud.ts';

const RELEASE_WITHIN_MS = 10_000;

/**
 * Cancels a training run: the agents stop their tasks, the execution ends, the hosts are released. Returns the hosts that
 * were not confirmed as released in time, which the sweep goes on to terminate.
 */
export async function cancelTraining(cloud: Cloud, runId: string, by: string): Promise<readonly string[]> {
  const control = await cloud.control.read(runId);
  if (control !== undefined) await cloud.control.write(stop(control, { kind: 'cancelled', by }, systemIds.next()));
  await cloud.workflows.stop(cloud.workflows.executionId('training', runId), `cancelled by ${by}`);
  const deadline = performance.now() + RELEASE_WITHIN_MS;
  let left = await held(cloud, runId);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(cloud.pollMs);
    left = await held(cloud, runId);
  }
  return left;
}

async function held({ leases }: Cloud, runId: string): Promise<readonly string[]> {
  const all = await leases.leases(runId);
  return all.filter(({ releasedAt }) => releasedAt === undefined).map(({ instanceId }) => instanceId);
}
