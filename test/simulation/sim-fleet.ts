import type { Fleet } from '#core/fleet/ports.ts';
import type { Host, LaunchRequest } from '#core/fleet/records.ts';
import { SimHost, type SimWorld } from './sim-host.ts';

interface Instance {
  readonly instanceId: string;
  readonly request: LaunchRequest;
  readonly launchedAt: number;
  /** Ended before it had booted. */
  isStillborn: boolean;
}

/** The provider: hosts that come some time after they were asked for, and go some time after they were told to. */
export function simFleet(hosts: Map<string, SimHost>, world: SimWorld): Fleet {
  const { clock, dice } = world;
  const instances = new Map<string, Instance>();
  const launches = new Map<string, readonly string[]>();

  function start(request: LaunchRequest): string {
    const instanceId = `i-${String(instances.size).padStart(3, '0')}`;
    const instance: Instance = { instanceId, request, launchedAt: clock.wallMs(), isStillborn: false };
    instances.set(instanceId, instance);
    void clock.sleep(dice.between(1, 8_000)).then(() => {
      if (!instance.isStillborn) hosts.set(instanceId, new SimHost(instanceId, world));
    });
    return instanceId;
  }

  function hostOf({ instanceId, request, launchedAt, isStillborn }: Instance): Host {
    const { instanceType, zone, market, runId, attempt } = request;
    const host = hosts.get(instanceId);
    const booted = host?.isRunning === false ? 'terminated' : 'running';
    const state = host !== undefined ? booted : isStillborn ? 'terminated' : 'pending';
    return { instanceId, instanceType, zone, market, state, runId, attempt, launchedAt };
  }

  function end(instanceId: string): void {
    const host = hosts.get(instanceId);
    const instance = instances.get(instanceId);
    if (host !== undefined) host.kill();
    else if (instance !== undefined) instance.isStillborn = true;
  }

  const known = (ids: readonly string[]) => ids.flatMap((id) => instances.get(id) ?? []).map(hostOf);
  const isLeft = ({ state }: Host): boolean => state !== 'terminated';
  return {
    async launch(request) {
      const token = request.clientToken;
      const earlier = launches.get(token);
      const ids = earlier ?? Array.from({ length: request.count }, () => start(request));
      launches.set(token, ids);
      const launched = known(ids);
      if (launched.every(isLeft)) return { ok: true, hosts: launched };
      const left = launched.filter(isLeft);
      return { ok: false, failure: 'capacity', code: 'ShortLaunch', message: 'some of the hosts have gone', left };
    },
    list: async ({ runId }) =>
      [...instances.values()].map(hostOf).filter((host) => isLeft(host) && (runId ?? host.runId) === host.runId),
    find: async (ids) => known(ids),
    remaining: async (ids) =>
      known(ids)
        .filter(isLeft)
        .map(({ instanceId }) => instanceId),
    async terminate(ids) {
      for (const instanceId of ids) void clock.sleep(dice.between(50, 5_000)).then(() => end(instanceId));
    },
  };
}
