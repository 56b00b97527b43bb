import type { InstanceMetadata } from '#adapters/aws/imds.ts';
import type { Clock } from '#core/system/ports.ts';

/** EC2 gives notice two minutes before, and asks for a look every five seconds. */
const PERIOD_MS = 5_000;

export interface Notice {
  readonly kind: 'spot';
  readonly detail: string;
}

/** Tells once if EC2 is about to take this host. Runs until the signal ends it; a failed look is no news. */
export async function watchNotices(
  { metadata, clock, signal }: { metadata: InstanceMetadata; clock: Clock; signal: AbortSignal },
  onNotice: (notice: Notice) => void,
): Promise<void> {
  while (!signal.aborted) {
    const detail = await metadata.get('spot/instance-action').catch(() => undefined);
    if (detail !== undefined) return onNotice({ kind: 'spot', detail });
    await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
  }
}
