import { LockstepError } from '#core/errors.ts';
import type { GangRequest } from '#core/job/job.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** What the fleet emulator says of its pools, see docs/fleet.md. */
export interface LocalCapacity {
  readonly zones: readonly string[];
  readonly pools: Readonly<Record<string, number>>;
  readonly others: number;
}

/**
 * Refuses a gang that is larger than every pool of the local cloud would be if nothing ran in it: LS_QUOTA. EC2 cannot
 * say this of itself, so there the same job waits in the queue until `limits.maxQueueS`; here nobody should.
 */
export async function checkLocalCapacity(
  { fleetControlUrl }: Pick<Cloud, 'fleetControlUrl'>,
  gang: GangRequest,
  asked: 'gang.hosts' | 'hosts.min' = 'gang.hosts',
): Promise<void> {
  if (fleetControlUrl === undefined) return;
  const reply = await fetch(`${fleetControlUrl}/capacity`);
  const most = largestPool((await reply.json()) as LocalCapacity, gang);
  if (gang.hosts <= most) return;
  throw new LockstepError(
    'LS_QUOTA',
    `${asked} is ${gang.hosts}, and no pool of the local cloud for ${gang.instanceTypes.join(' or ')} has more than ${most}`,
    { remedy: 'Ask for fewer hosts, or give the pools more with `local.capacity` in the job file.' },
  );
}

/** Hosts of the largest pool that the gang may take, all in use or not. */
export function largestPool(capacity: LocalCapacity, { instanceTypes, zones, markets }: GangRequest): number {
  const places = zones.length > 0 ? zones : capacity.zones;
  const pools = instanceTypes.flatMap((type) =>
    places.flatMap((zone) => markets.map((market) => `${type}/${zone}/${market}`)),
  );
  return Math.max(0, ...pools.map((pool) => capacity.pools[pool] ?? capacity.others));
}
