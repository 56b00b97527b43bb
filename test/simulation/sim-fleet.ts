import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import type { Clock } from '#core/system/ports.ts';
import type { Dice } from './dice.ts';
import type { SimHost } from './sim-host.ts';

/** The provider: hosts that come when asked, and are gone some time after they should be. */
export function simFleet(hosts: Map<string, SimHost>, clock: Clock, dice: Dice): Fleet {
  return {
    launch: () => Promise.reject(new Error('the simulation launches hosts itself')),
    list: async () => [],
    find: async (instanceIds) =>
      instanceIds.flatMap((instanceId) => {
        const host = hosts.get(instanceId);
        return host === undefined ? [] : hostOf(instanceId, host.isRunning);
      }),
    terminate: async (instanceIds) => {
      for (const instanceId of instanceIds) {
        void clock.sleep(dice.between(50, 5_000)).then(() => hosts.get(instanceId)?.kill());
      }
    },
    remaining: async (instanceIds) => instanceIds.filter((instanceId) => hosts.get(instanceId)?.isRunning),
  };
}

const hostOf = (instanceId: string, isRunning: boolean): Host => ({
  ...{ instanceId, instanceType: '', zone: '', market: '', state: isRunning ? 'running' : 'terminated' },
  ...{ runId: undefined, attempt: undefined, launchedAt: 0 },
});
