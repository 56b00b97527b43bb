import type { Fleet } from '#core/fleet/ports.ts';
import type { Host, LaunchRequest, LaunchResult } from '#core/fleet/records.ts';
import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import type { Clock } from '#core/system/ports.ts';

export interface MemoryFleetOptions {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Zones that have a subnet. */
  readonly zones: readonly string[];
  /** `"<type>/<zone>/<market>"` → hosts. @default 8 of every known type */
  readonly capacity?: Readonly<Record<string, number>>;
}

/** A fleet in memory: the reference for what the port promises. Hosts are records; they run and end at once. */
export interface MemoryFleet extends Fleet {
  /** Ends a host without anybody having asked for it. */
  lose(instanceId: string): void;
  setCapacity(pool: string, hosts: number): void;
}

const DEFAULT_CAPACITY = 8;

export function memoryFleet({ clock, zones, capacity = {} }: MemoryFleetOptions): MemoryFleet {
  const hosts = new Map<string, Host>();
  const launches = new Map<string, { readonly request: string; readonly instanceIds: readonly string[] }>();
  const capacities = new Map(Object.entries(capacity));

  const known = (ids: readonly string[]) => ids.map((id) => hosts.get(id)).filter((host) => host !== undefined);
  const living = () => [...hosts.values()].filter(({ state }) => state !== 'terminated');

  function free({ instanceType, zone, market }: LaunchRequest): number {
    if (!INSTANCE_TYPES.has(instanceType)) return 0;
    const total = capacities.get(`${instanceType}/${zone}/${market}`) ?? DEFAULT_CAPACITY;
    const inPool = (host: Host) => host.instanceType === instanceType && host.zone === zone && host.market === market;
    return total - living().filter(inPool).length;
  }

  function start(request: LaunchRequest): readonly string[] {
    return Array.from({ length: request.count }, () => {
      const instanceId = `i-${String(hosts.size).padStart(17, '0')}`;
      const { runId, attempt, instanceType, zone, market } = request;
      hosts.set(instanceId, {
        ...{ instanceId, instanceType, zone, market, runId, attempt },
        state: 'running',
        launchedAt: clock.wallMs(),
      });
      return instanceId;
    });
  }

  function launch(request: LaunchRequest): LaunchResult {
    if (!zones.includes(request.zone)) return refuse('config', 'ZoneWithoutSubnet');
    if (request.market === 'capacity-block' || request.market === 'reservation') {
      return refuse('config', 'MarketNotOffered');
    }
    const text = JSON.stringify(Object.entries(request).sort());
    const earlier = launches.get(request.clientToken);
    if (earlier !== undefined && earlier.request !== text) return refuse('config', 'IdempotentParameterMismatch');
    if (earlier === undefined && free(request) < request.count) {
      return refuse('capacity', 'InsufficientInstanceCapacity');
    }
    const instanceIds = earlier?.instanceIds ?? start(request);
    launches.set(request.clientToken, { request: text, instanceIds });
    const launched = known(instanceIds);
    if (launched.every(({ state }) => state === 'running')) return { ok: true, hosts: launched };
    return { ...refuse('capacity', 'ShortLaunch'), left: launched.filter(({ state }) => state === 'running') };
  }

  function end(instanceId: string, why: { readonly reason?: string }): void {
    const host = hosts.get(instanceId);
    if (host !== undefined) hosts.set(instanceId, { ...host, state: 'terminated', ...why });
  }
  const lose = (instanceId: string) => end(instanceId, { reason: 'it was lost' });

  return {
    lose,
    setCapacity: (pool, count) => void capacities.set(pool, count),
    launch: async (request) => launch(request),
    list: async ({ runId }) => living().filter((host) => runId === undefined || host.runId === runId),
    terminate: async (instanceIds) => {
      for (const id of instanceIds) if (hosts.get(id)?.state !== 'terminated') end(id, {});
    },
    remaining: async (instanceIds) => instanceIds.filter((id) => hosts.get(id)?.state !== 'terminated'),
    find: async (instanceIds) => known(instanceIds),
  };
}

const refuse = (failure: 'capacity' | 'config', code: string): Extract<LaunchResult, { ok: false }> => ({
  ok: false,
  failure,
  code,
  message: `refused: ${code}`,
});
