import type { HostEvent } from '#core/fleet/host-event.ts';
import type { PartialBatchResponse } from '#core/stream/partial-response.ts';
import { type HostWatchPorts, watchHost } from '#flows/gang/host-watch.ts';
import { partialBatch, type QueueRecord } from '#flows/stream/partial-batch.ts';
import { runtime } from './runtime.ts';

export interface QueueBatch {
  readonly Records: readonly QueueRecord[];
}

/** Tells gangs what EC2 says of their hosts. */
export function hostEvents({ Records }: QueueBatch, ports: HostWatchPorts): Promise<PartialBatchResponse> {
  return partialBatch(Records, (body) => watchHost(ports, JSON.parse(body) as HostEvent), ports.log);
}

export const handler = (batch: QueueBatch) => hostEvents(batch, runtime);
