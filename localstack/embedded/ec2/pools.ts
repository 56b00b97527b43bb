import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import type { Instance, PoolMarket } from './instance.ts';
import { Ec2Error } from './query/ec2-error.ts';
import type { FleetSettings } from './settings.ts';

interface Pool {
  readonly type: string;
  readonly zone: string;
  readonly market: PoolMarket;
}

export interface PoolCapacity {
  readonly zones: readonly string[];
  /** `"<type>/<zone>/<market>"` → hosts. */
  readonly pools: Readonly<Record<string, number>>;
  readonly others: number;
}

/** Finite supply. What is in use is counted from the instances themselves, so that no counter can drift. */
export interface Pools {
  /** Throws what EC2 would say if so many hosts cannot be had from the pool now. */
  demand(pool: Pool, count: number): void;
  /** Hosts that the pool could still supply. */
  free(pool: Pool): number;
  setCapacity(name: string, hosts: number): void;
  /** Hosts that a pool can supply at once when nothing is in use: of the pools that were given a number, and of all others. */
  capacity(): PoolCapacity;
  offered(type: string, zone: string): boolean;
}

export function createPools(settings: FleetSettings, instances: () => Iterable<Instance>): Pools {
  const capacity = new Map(Object.entries(settings.capacity));
  const inUse = (where: (instance: Instance) => boolean) =>
    [...instances()].filter((instance) => instance.state !== 'terminated' && where(instance));

  const offered = (type: string, zone: string) =>
    INSTANCE_TYPES.has(type) && settings.zones.includes(zone) && !settings.notOffered.includes(`${type}/${zone}`);

  function free(pool: Pool): number {
    if (!offered(pool.type, pool.zone)) return 0;
    const total = capacity.get(nameOf(pool)) ?? settings.defaultCapacity;
    const used = inUse((one) => one.type === pool.type && one.zone === pool.zone && one.market === pool.market);
    return Math.max(0, total - used.length);
  }

  function demandQuota(pool: Pool, count: number): void {
    const limit = pool.market === 'spot' ? settings.vcpuQuota.spot : settings.vcpuQuota.onDemand;
    if (limit === undefined) return;
    const used = inUse((one) => one.market === pool.market).reduce((sum, one) => sum + vcpus(one.type), 0);
    if (used + count * vcpus(pool.type) <= limit) return;
    if (pool.market === 'spot') throw new Ec2Error('MaxSpotInstanceCountExceeded', 'Max spot instance count exceeded');
    throw new Ec2Error(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
    );
  }

  return {
    free,
    offered,
    setCapacity: (name, hosts) => void capacity.set(name, hosts),
    capacity: () => ({
      zones: settings.zones,
      pools: Object.fromEntries(capacity),
      others: settings.defaultCapacity,
    }),
    demand(pool, count) {
      if (!INSTANCE_TYPES.has(pool.type)) {
        throw new Ec2Error('InvalidParameterValue', `Invalid value '${pool.type}' for InstanceType.`);
      }
      if (!offered(pool.type, pool.zone)) {
        throw new Ec2Error(
          'Unsupported',
          `Your requested instance type (${pool.type}) is not supported in your requested Availability Zone (${pool.zone}).`,
        );
      }
      demandQuota(pool, count);
      if (free(pool) < count) {
        throw new Ec2Error(
          'InsufficientInstanceCapacity',
          `We currently do not have sufficient ${pool.type} capacity in the Availability Zone you requested (${pool.zone}). Our system will be working on provisioning additional capacity.`,
          500,
        );
      }
    },
  };
}

const nameOf = (pool: Pool): string => `${pool.type}/${pool.zone}/${pool.market}`;
const vcpus = (type: string): number => INSTANCE_TYPES.get(type)?.vcpus ?? 0;
